"""The slow query log of MySQL and MariaDB, as RDS and Aurora publish it: a header of ``#`` lines, then the statement.

``# Time:`` stays text: MySQL writes ISO 8601, MariaDB ``261121  8:00:00``. It is missing if a server writes several
statements in one second.
"""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath, InferredType
from loglake.kernels.arrow import Strings, matches, pc
from loglake.kernels.formats.base import DECIMAL, TEXT, WHOLE, About, FieldTypes, declared
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import REST, cut

_ALWAYS = {"Query_time": DECIMAL, "Lock_time": DECIMAL, "Rows_sent": WHOLE, "Rows_examined": WHOLE}
_EXTRA_TEXTS = ("Schema", "QC_hit", "Full_scan", "Full_join", "Tmp_table", "Filesort", "Start", "End")
_EXTRA_NUMBERS = (
    *("Thread_id", "Errno", "Killed", "Rows_affected", "Bytes_received", "Bytes_sent"),
    *("Read_first", "Read_last", "Read_key", "Read_next", "Read_prev", "Read_rnd", "Read_rnd_next"),
    *("Sort_merge_passes", "Sort_range_count", "Sort_rows", "Sort_scan_count"),
    *("Created_tmp_disk_tables", "Created_tmp_tables", "Count_hit_tmp_table_size"),
)
_EXTRA: FieldTypes = {
    **dict.fromkeys(_EXTRA_NUMBERS, WHOLE),
    **dict.fromkeys(_EXTRA_TEXTS, TEXT),
}
"""With ``log_slow_extra`` in MySQL, ``log_slow_verbosity`` in MariaDB."""

FIELDS: FieldTypes = {
    "time": TEXT,
    "user": TEXT,
    "client_host": TEXT,
    "client_address": TEXT,
    "connection_id": WHOLE,
    **{name.lower(): seen for name, seen in {**_ALWAYS, **_EXTRA}.items()},
    "database": TEXT,
    "timestamp": WHOLE,
}
"""``timestamp`` is when the statement started, in seconds since the epoch, as ``SET timestamp`` says. ``query_time``
and ``lock_time`` are seconds."""

_HEADER = (
    r"(?P<header># User@Host: [^\n]*\n(?:# [A-Z][A-Za-z_]*: [^\n]*\n)*?"
    r"# Query_time: [^\n]*(?:\n# [A-Z][A-Za-z_]*: [^\n]*)*)"
)
_SHAPE = (
    rf"^(?:# Time: (?P<time>[^\n]*?)\r?\n)?{_HEADER}(?:\n|$)(?:use (?P<database>[^;\n]+);\r?\n)?"
    rf"(?:SET (?:[a-z_]+=\d+,)*timestamp=(?P<timestamp>\d+);(?:\r?\n|$))?{REST}"
)
_USER = (
    r"^# User@Host: (?P<user>[^\[\n]*)\[[^\]\n]*\] @ +(?P<client_host>[^\s\[]*) *\[(?P<client_address>[^\]\n]*)\]"
    r"(?: +Id: +(?P<connection_id>\d+))?"
)


class MysqlSlowFormat(LayoutsFormat):
    """MySQL's slow query log: who, how long, how many rows, and the statement."""

    layouts = Layouts((_SHAPE,), FIELDS)
    signs = (Sign("# [TU]"),)
    id = "mysql_slow"
    about = About(
        title="Slow query logs of MySQL and MariaDB",
        source="https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html",
        detection=(
            "Lines that start with #: the time, which may be missing, user and host, and the times of the query."
        ),
        level="None.",
        example=(
            "# User@Host: app[app] @  [10.0.0.1]  Id:   412\n"
            "# Query_time: 2.5  Lock_time: 0.1 Rows_sent: 1  Rows_examined: 9\nSELECT 1;"
        ),
        rare=FIELDS,
    )

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields that every entry has, and the extra ones that are there."""
        seen = super().infer_types(raw)
        if not seen:
            return {}
        header = cut(raw, _SHAPE)["header"]
        absent = {name.lower() for name in _EXTRA if not _is_there(header, name)}
        return {**declared({name: kind for name, kind in FIELDS.items() if name not in absent}), **seen}

    def adjust(self, groups: Groups) -> Groups:
        """Cuts user and metrics out of the header; the message is the statement."""
        header = groups["header"]
        extra = [name for name in _EXTRA if _is_there(header, name)]
        metrics = {name.lower(): cut(header, _metric(name))["value"] for name in (*_ALWAYS, *extra)}
        rest = {name: texts for name, texts in groups.items() if name != "header"}
        return {**rest, **cut(header, _USER), **metrics}


def _is_there(header: Strings, name: str) -> bool:
    return bool(pc.any(matches(header, _metric(name))).as_py())


def _metric(name: str) -> str:
    return rf"[# ]{name}: (?P<value>\S+)"
