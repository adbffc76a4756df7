"""PostgreSQL's log as RDS and Aurora write it (``%t:%r:%u@%d:[%p]:``), in their longer form, and in its own default.

A statement over several lines belongs to the message. Timestamps stay text: they name their zone by letters.
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings
from loglake.kernels.formats.base import About, Parse
from loglake.kernels.formats.prefixes import (
    DECIMAL,
    REST,
    TEXT,
    WHOLE,
    Groups,
    fields_of,
    looked_up,
    looks_like,
    shapes_parser,
)
from loglake.kernels.formats.text_fields import cut

FIELDS: Mapping[str, InferredType] = {
    "timestamp": TEXT,
    "client_host": TEXT,
    "client_port": WHOLE,
    "user": TEXT,
    "database": TEXT,
    "pid": WHOLE,
    "session_line": WHOLE,
    "sql_state": TEXT,
    "session_start": TEXT,
    "virtual_transaction_id": TEXT,
    "transaction_id": WHOLE,
    "session_id": TEXT,
    "application": TEXT,
    "severity": TEXT,
    "duration_ms": DECIMAL,
}
"""``severity`` is PostgreSQL's own word; ``duration_ms`` is there where a duration is logged."""

_LEVELS: Mapping[str, str] = {
    **dict.fromkeys(("DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5"), "DEBUG"),
    **dict.fromkeys(("LOG", "INFO", "NOTICE"), "INFO"),
    "WARNING": "WARN",
    "ERROR": "ERROR",
    "FATAL": "FATAL",
    "PANIC": "FATAL",
}
"""Lines that explain the one before them (DETAIL, HINT, CONTEXT, STATEMENT) have no level."""

_SECOND = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})? [A-Z]{1,5}"
_TIME = rf"(?P<timestamp>{_SECOND})"
_SEVERITY = (
    r"(?P<severity>DEBUG[1-5]?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT|QUERY|LOCATION)"
)
_SESSION = (
    r"(?:(?P<client_host>[^\s(]+?)(?:\((?P<client_port>\d+)\))?)?:"
    r"(?P<user>[^@:(\n]*)@(?P<database>[^\n:]*):\[(?P<pid>\d+)\]:"
)
_LONG = (
    rf"(?P<session_line>\d+):(?P<sql_state>[0-9A-Z]{{5}}):(?P<session_start>{_SECOND}):"
    r"(?P<virtual_transaction_id>[\d/]*):(?P<transaction_id>\d*):(?P<session_id>[0-9a-f.]*):(?:(?P<application>[^\n]*?):)?"
)
_SHAPES = (
    rf"^{_TIME}:{_SESSION}{_SEVERITY}: *{REST}",
    rf"^{_TIME}:{_SESSION}{_LONG}{_SEVERITY}: *{REST}",
    rf"^{_TIME} \[(?P<pid>\d+)\] (?:(?P<user>[^@\s]*)@(?P<database>\S*) )?{_SEVERITY}:  {REST}",
)
_DURATION = r"^duration: (?P<duration_ms>\d+(?:\.\d+)?) ms"


class PostgresFormat:
    """PostgreSQL: timestamp, client, user, database, process, severity, text."""

    id = "postgres"
    source = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html"
    about = About(
        title="PostgreSQL, on RDS and Aurora and elsewhere; statements over many lines",
        detection="A timestamp with a zone, the session (client, user, database, process), and a severity.",
        level=("The severity; lines that explain the one before them (DETAIL, HINT, CONTEXT, STATEMENT) have none."),
        example='2026-11-21 08:00:00 UTC:10.0.0.1(54321):app@shop:[123]:ERROR:  relation "orders" does not exist',
        rare=FIELDS,
        note="The fields of a JSON object that is the message, too.",
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with one of the prefixes and a severity."""
        return looks_like(raw, _SHAPES)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the prefixes that are there, and ``duration_ms``."""
        seen = fields_of(raw, _SHAPES, FIELDS, _adjust)
        return {**seen, ("duration_ms",): DECIMAL} if seen else {}

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message starts behind the severity: ``duration: 1.2 ms  statement: SELECT 1``."""
        return shapes_parser(schema, _SHAPES, _adjust, rest=rest)


def _adjust(groups: Groups) -> Groups:
    level = looked_up(groups["severity"], _LEVELS)
    return {**groups, **cut(groups["message"], _DURATION), "level": level}
