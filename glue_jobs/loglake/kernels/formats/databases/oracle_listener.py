"""The log of Oracle's listener: one line per connection or command, its parts between stars."""

from __future__ import annotations

import pyarrow as pa

from loglake.kernels.arrow import NO_STRING, choose, coalesce, pc
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import cut

_TIME = r"(?P<timestamp>\d\d-[A-Z]{3}-\d{4} \d\d:\d\d:\d\d)"
_END = r"(?P<event>[a-z_]+) \* (?:(?P<service>[^*\n]+?) \* )?(?P<return_code>\d+)\s*$"
_INSIDE = {
    "program": ("connect_data", r"\(PROGRAM=(?P<program>[^()]*)\)"),
    "client_program_host": ("connect_data", r"\(CID=.*?\(HOST=(?P<client_program_host>[^()]*)\)"),
    "user": ("connect_data", r"\(USER=(?P<user>[^()]*)\)"),
    "client_address": ("protocol_address", r"\(HOST=(?P<client_address>[^()]*)\)"),
    "client_port": ("protocol_address", r"\(PORT=(?P<client_port>\d+)\)"),
}


class OracleListenerFormat(LayoutsFormat):
    """Lines such as ``21-NOV-2026 08:00:00 * (CONNECT_DATA=…) * (ADDRESS=…) * establish * ORCL * 0``."""

    layouts = Layouts(
        shapes=(
            rf"^{_TIME} \* (?P<connect_data>\(CONNECT_DATA=[^\n]*?\)) \* "
            rf"(?P<protocol_address>\(ADDRESS=[^\n]*?\)) \* {_END}",
            rf"^{_TIME} \* (?:(?P<connect_data>\(CONNECT_DATA=[^\n]*?\)) \* )?{_END}",
        ),
        fields={
            "timestamp": TEXT,
            "connect_data": TEXT,
            "protocol_address": TEXT,
            "event": TEXT,
            "service": TEXT,
            "return_code": WHOLE,
        },
        derived={
            "program": TEXT,
            "client_program_host": TEXT,
            "user": TEXT,
            "client_address": TEXT,
            "client_port": WHOLE,
        },
    )
    signs = (Sign(r"\d\d-[A-Z]{3}-"),)
    id = "oracle_listener"
    about = About(
        title="The log of Oracle's listener",
        source=(
            "https://docs.oracle.com/en/database/oracle/oracle-database/19/netag/troubleshooting-oracle-net-services.html"
        ),
        detection="A time such as 21-NOV-2026 08:00:00, then parts between stars, the last one a number.",
        level="ERROR if the return code is not 0.",
        example=(
            "21-NOV-2026 08:00:00 * (CONNECT_DATA=(SID=ORCL)(CID=(PROGRAM=sqlplus)(HOST=app-1)(USER=shop))) * "
            "(ADDRESS=(PROTOCOL=tcp)(HOST=192.0.2.9)(PORT=51234)) * establish * ORCL * 0"
        ),
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """Cuts client and program out of the parts."""
        there = {name: part for name, part in _INSIDE.items() if part[0] in groups}
        found = {name: cut(groups[source], pattern)[name] for name, (source, pattern) in there.items()}
        failed = pc.not_equal(groups["return_code"], "0")
        level = coalesce(choose(failed, "ERROR", NO_STRING), pa.nulls(len(failed), pa.string()))
        return {**groups, **found, "level": level}
