"""The audit log of MySQL and MariaDB on RDS and Aurora, in the CSV of the MariaDB audit plugin.

The statement is in single quotes and may have commas, quotes (escaped) and line breaks of its own. RDS timestamps are
``20261121 08:00:00``, Aurora's are microseconds since the epoch: they stay text.
"""

from __future__ import annotations

from loglake.kernels.arrow import pc
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign

_RECORD = (
    r"^(?P<timestamp>\d{8} \d\d:\d\d:\d\d|\d{16}),(?P<server_host>[^,\n]*),(?P<user>[^,\n]*),(?P<client_host>[^,\n]*),"
    r"(?P<connection_id>\d+),(?P<query_id>\d+),(?P<operation>[A-Z_]+),(?P<database>[^,\n]*),"
    r"(?P<object>'(?s:.*)'|[^,\n]*),(?P<return_code>\d*)"
)


class MysqlAuditFormat(LayoutsFormat):
    """MySQL's audit log: who did what to which object."""

    layouts = Layouts(
        shapes=(rf"{_RECORD}\s*$", rf"{_RECORD},(?P<connection_type>\w*)\s*$"),
        fields={
            "timestamp": TEXT,
            "server_host": TEXT,
            "user": TEXT,
            "client_host": TEXT,
            "connection_id": WHOLE,
            "query_id": WHOLE,
            "operation": TEXT,
            "database": TEXT,
            "object": TEXT,
            "return_code": WHOLE,
            "connection_type": TEXT,
        },
    )
    signs = (Sign(r"\d{8}[ \d]"),)
    id = "mysql_audit"
    about = About(
        title="Audit logs of MySQL and MariaDB on RDS and Aurora",
        source="https://mariadb.com/kb/en/mariadb-audit-plugin-log-format/",
        detection=(
            "Ten or eleven fields between commas; the first is a timestamp, and the seventh an operation in capitals."
        ),
        level="None.",
        example="20261121 08:00:00,ip-10-0-0-9,app,10.0.0.1,412,90017,QUERY,shop,'SELECT 1',0",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """The message is the object without its quotes, or the record if there is no object."""
        return {**groups, "message": pc.replace_substring_regex(groups["object"], r"^'((?s:.*))'$", r"\1")}
