"""PostgreSQL's log as CSV (``log_destination = csvlog``): one record per event, its texts in double quotes."""

from __future__ import annotations

from loglake.kernels.arrow import pc
from loglake.kernels.formats.base import DECIMAL, TEXT, WHOLE, About
from loglake.kernels.formats.databases.postgres import severity_level
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import CLOCK, ISO_DAY, Sign
from loglake.kernels.formats.text_fields import cut

_SECOND = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]{1,5}"
_QUOTED = r'(?:"(?P<{0}>(?:[^"]|"")*)")?'
_NUMBER = r"(?P<{0}>-?\d*)"


def _text(name: str) -> str:
    return _QUOTED.format(name)


def _number(name: str) -> str:
    return _NUMBER.format(name)


_RECORD = ",".join(
    (
        rf"^(?P<timestamp>{_SECOND})",
        *(_text("user"), _text("database"), _number("pid"), _text("client")),
        *(r"(?P<session_id>[0-9a-f.]*)", _number("session_line"), _text("command_tag")),
        f"(?P<session_start>{_SECOND})?",
        *(r"(?P<virtual_transaction_id>[\d/]*)", _number("transaction_id"), r"(?P<severity>[A-Z]+\d?)"),
        *(r"(?P<sql_state>[0-9A-Z]{5})", _text("message"), _text("detail"), _text("hint"), _text("internal_query")),
        *(_number("internal_query_position"), _text("context"), _text("query"), _number("query_position")),
        *(_text("location"), _text("application")),
    )
)
_LATER = f"(?:,{_text('backend_type')}(?:,{_number('leader_pid')},(?P<query_id>-?\\d*))?)?"
"""Since PostgreSQL 13, and 14."""

_TEXTS = ("message", "detail", "hint", "internal_query", "context", "query", "application")


class PostgresCsvFormat(LayoutsFormat):
    """Records such as ``2026-11-21 08:00:00.123 UTC,"app","shop",17,"192.0.2.1:51234",6560….1,1,"SELECT",…``."""

    layouts = Layouts(
        shapes=(rf"{_RECORD}{_LATER}\s*$",),
        # In the order of PostgreSQL's page, without the client, which is two columns, and the message.
        fields={
            "timestamp": TEXT,
            "user": TEXT,
            "database": TEXT,
            "pid": WHOLE,
            "session_id": TEXT,
            "session_line": WHOLE,
            "command_tag": TEXT,
            "session_start": TEXT,
            "virtual_transaction_id": TEXT,
            "transaction_id": WHOLE,
            "severity": TEXT,
            "sql_state": TEXT,
            "detail": TEXT,
            "hint": TEXT,
            "internal_query": TEXT,
            "internal_query_position": WHOLE,
            "context": TEXT,
            "query": TEXT,
            "query_position": WHOLE,
            "location": TEXT,
            "application": TEXT,
            "backend_type": TEXT,
            "leader_pid": WHOLE,
            "query_id": TEXT,
        },
        derived={"client_host": TEXT, "client_port": WHOLE, "duration_ms": DECIMAL},
    )
    signs = (Sign(rf"{ISO_DAY} {CLOCK}[. ]"),)
    id = "postgres_csv"
    about = About(
        title="PostgreSQL's log as CSV",
        source="https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG",
        detection="A time with a zone, then the 22 to 25 other fields of PostgreSQL's page between commas.",
        level="The severity.",
        example=(
            '2026-11-21 08:00:00.123 UTC,"app","shop",123,"192.0.2.9:51234",6560a1b2.7b,3,"SELECT",'
            '2026-11-21 07:59:00 UTC,4/12,0,ERROR,42P01,"relation ""orders"" does not exist",,,,,,'
            '"SELECT * FROM orders",15,,"psql","client backend",,0'
        ),
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """Undoubles the quotes, and splits the client."""
        rest = {name: texts for name, texts in groups.items() if name != "client"}
        client = cut(groups["client"], r"^(?P<client_host>.*?)(?::(?P<client_port>\d+))?$")
        texts = {name: pc.replace_substring(groups[name], '""', '"') for name in _TEXTS}
        duration = cut(texts["message"], r"^duration: (?P<duration_ms>\d+(?:\.\d+)?) ms")
        return {**rest, **client, **texts, **duration, "level": severity_level(groups["severity"])}
