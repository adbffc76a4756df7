"""The audit log of MySQL and MariaDB on RDS and Aurora, in the CSV of the MariaDB audit plugin.

The statement is in single quotes and may have commas, quotes (escaped) and line breaks of its own. RDS timestamps are
``20261121 08:00:00``, Aurora's are microseconds since the epoch: they stay text.
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, pc
from loglake.kernels.formats.base import About, Parse
from loglake.kernels.formats.prefixes import TEXT, WHOLE, Groups, fields_of, looks_like, shapes_parser
from loglake.kernels.formats.signs import Sign

FIELDS: Mapping[str, InferredType] = {
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
}

_RECORD = (
    r"^(?P<timestamp>\d{8} \d\d:\d\d:\d\d|\d{16}),(?P<server_host>[^,\n]*),(?P<user>[^,\n]*),(?P<client_host>[^,\n]*),"
    r"(?P<connection_id>\d+),(?P<query_id>\d+),(?P<operation>[A-Z_]+),(?P<database>[^,\n]*),"
    r"(?P<object>'(?s:.*)'|[^,\n]*),(?P<return_code>\d*)"
)
_SHAPES = (
    rf"{_RECORD}\s*$",
    rf"{_RECORD},(?P<connection_type>\w*)\s*$",
)


class MysqlAuditFormat:
    """MySQL's audit log: who did what to which object."""

    shapes = _SHAPES
    signs = (Sign(r"\d{8}[ \d]"),)
    id = "mysql_audit"
    source = "https://mariadb.com/kb/en/mariadb-audit-plugin-log-format/"
    about = About(
        title="Audit logs of MySQL and MariaDB on RDS and Aurora",
        detection=(
            "Ten or eleven fields between commas; the first is a timestamp, and the seventh an operation in capitals."
        ),
        level="None.",
        example="20261121 08:00:00,ip-10-0-0-9,app,10.0.0.1,412,90017,QUERY,shop,'SELECT 1',0",
        rare=FIELDS,
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is one record of ten fields, or eleven."""
        return looks_like(raw, _SHAPES)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the records that are there."""
        return fields_of(raw, _SHAPES, FIELDS, _adjust)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message is the object without its quotes, or the record if there is no object; there is no level."""
        return shapes_parser(schema, _SHAPES, _adjust, rest=rest)


def _adjust(groups: Groups) -> Groups:
    return {**groups, "message": pc.replace_substring_regex(groups["object"], r"^'((?s:.*))'$", r"\1")}
