"""PostgreSQL's log as RDS and Aurora write it (``%t:%r:%u@%d:[%p]:``), in their longer form, and with other prefixes.

A ``log_line_prefix`` that starts with a time, or has one behind a process, a session or a name, is read whatever
follows: its parts are found by how they look. One without a time has to name its parts, or to start with the process.
A statement over several lines belongs to the message. Timestamps stay text: they name their zone by letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from loglake.core.schema.schema import FieldPath, InferredType
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, matches, occurs, pc
from loglake.kernels.formats.base import CLOCK, DECIMAL, ISO_DAY, Sign, declared, types_in
from loglake.kernels.formats.levels import named_level
from loglake.kernels.formats.shape import Groups, ShapedFormat, adjusted, shapes_of
from loglake.kernels.formats.text_fields import REST, cut

FIELDS = types_in(
    "timestamp client_host client_port:whole user database pid:whole session_line:whole sql_state session_start "
    "virtual_transaction_id transaction_id:whole session_id application backend_type severity duration_ms:decimal"
)
"""``severity`` is PostgreSQL's own word; ``duration_ms`` is there where a duration is logged."""

RARE = types_in(
    "query_step query_name query auth_method session_time audit_type audit_class audit_command audit_object_type "
    "audit_object_name function source_file source_line:whole"
)
"""Cut out of the message: of a statement, of a login, of the extension pgAudit, and where in the code it was logged."""

_SECOND = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})? (?:[A-Z]{1,5}|[+-]\d\d)"
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
_FIRST = r"\[?[\da-f.]+\]?:? |[^\s=@]+[=@]\S* "
_ANY_TIME = rf"(?P<timestamp>{_SECOND}|1\d{{9}}\.\d{{3}})"
_PROCESS = r"\[?\d+\]?:? (?:\[\d+-\d+\] )?"
_NAMED = r"(?:(?:[a-z]+=[^\s,]*,?)+ )"
_PATTERNS = (
    rf"^{_TIME}:{_SESSION}{_SEVERITY}: *{REST}",
    rf"^{_TIME}:{_SESSION}{_LONG}{_SEVERITY}: *{REST}",
    rf"^{_TIME} \[(?P<pid>\d+)\] (?:(?P<user>[^@\s]*)@(?P<database>[^\s/]*) )?{_SEVERITY}: +{REST}",
    # https://docs.datadoghq.com/integrations/postgres/?tab=host#log-collection
    rf"^{_TIME} \[(?P<pid>\d+)\] (?P<database>\S+) (?P<application>[^\n]+?) (?P<user>\S+) (?P<client_host>\S+) "
    rf"(?P<session_id>[0-9a-f]+\.[0-9a-f]+) {_SEVERITY}: +{REST}",
    rf"^(?P<before><? ?|{_FIRST}){_ANY_TIME}(?P<context>(?:[\s:,;>|][^\n]*?)?){_SEVERITY}:  {REST}",
    rf"^(?P<context>{_PROCESS}{_NAMED}?|{_NAMED}){_SEVERITY}:  {REST}",
)
_CONTEXT: Mapping[str, str] = {
    "pid": r"(?:\[|\b(?:pid|p)=)(?P<a>\d+)|^(?P<b>\d+):? ",
    "session_line": r"\[\d+-(?P<a>\d+)\]|\[\d+\](?:\[[a-z ]+\])?:? ?\[(?P<b>\d+)(?:-\d+)?\]|\b(?:line|l)=(?P<c>\d+)",
    "user": r"\b(?:user|usr|u)=(?P<a>[^,\s]+)|(?:^|[\s:,])(?P<b>[^\s@:,=\[\]]+)@[^\s@]",
    "database": r"\b(?:db|database|d)=(?P<a>[^,\s]+)|[^\s@:,=\[\]]@(?P<b>[^\s@:,/\[\]]+)",
    "application": r"\b(?:app|application|a)=(?P<a>[^,\]]*?)(?:,|\s+\w+=|\s*$)|@[^\s@/]+/(?P<b>[^\s/]+)",
    "client_host": (
        r"\b(?:client|host|remote|h|r)=(?P<a>[^,\s(]+)|(?:^|[\s:,@])(?P<b>\d+\.\d+\.\d+\.\d+|\[local\])(?:[\s:,(\]]|$)"
    ),
    "backend_type": r"\]\[(?P<a>[a-z][a-z ]*)\]",
    "client_port": r"[\w.:]\((?P<a>\d+)\)",
    "session_id": r"(?:\b(?:session|sess|c)=|^|[\s\[])(?P<a>[0-9a-f]+\.[0-9a-f]+)(?:[\s,\]]|$)",
    "transaction_id": r"\b(?:txid|xid|x)=(?P<a>\d+)",
    "virtual_transaction_id": r"\b(?P<a>\d+/\d+)\b",
    "sql_state": r"\b(?:state|sqlstate|code|e)=(?P<a>[0-9A-Z]+)",
}
"""How the escapes of ``log_line_prefix`` look between the time and the severity, or are named there by custom. The
groups are the values: https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX"""

_STATE = r"(?:\d[0-9A-Z]{4}|[A-Z]\d[0-9A-Z]{3}|[A-Z]{2}\d[0-9A-Z]{2})"  # no word: pgAudit starts with AUDIT
_VERBOSE = rf"^(?P<sql_state>{_STATE}): (?P<message>(?s:.*))$"
"""https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-ERROR-VERBOSITY"""

_LOCATION = r"^(?P<function>\w+), (?P<source_file>[\w.-]+):(?P<source_line>\d+)\s*$"

_DURATION = r"^duration: (?P<duration_ms>\d+(?:\.\d+)?) ms"
_QUERY = (
    r"^(?:duration: [\d.]+ ms  )?(?P<query_step>statement|parse|bind|execute(?: fetch from)?)"
    r"(?: (?P<query_name>[^\s:]+))?: (?P<query>(?s:.*))$"
)
_AUDIT = (
    r"^AUDIT: (?P<audit_type>SESSION|OBJECT),\d+,\d+,(?P<audit_class>[A-Z]+),(?P<audit_command>[A-Z ]+),"
    r"(?P<audit_object_type>[A-Z ]*),(?P<audit_object_name>[^,]*),"
)
_DERIVED = ((_DURATION, "duration: "), (_QUERY, ": "), (_AUDIT, "AUDIT: "))
"""And what each of them has, to be found fast."""

_USER_AND_DATABASE = r"user=(?P<user>\S*)(?: database=(?P<database>\S*))?"
_CONNECTIONS = (
    (r"^connection received: host=(?P<client_host>\S+)(?: port=(?P<client_port>\d+))?", "connection received: host="),
    (
        rf"connection authorized: {_USER_AND_DATABASE}(?: application_name=(?P<application>.*?))?(?: SSL enabled|\s*$)",
        "connection authorized: user=",
    ),
    (
        r'^connection authenticated: (?:identity|user)="(?P<user>[^"]*)" method=(?P<auth_method>[\w-]+)',
        "connection authenticated: ",
    ),
    (
        rf"^disconnection: session time: (?P<session_time>[\d:.]+) {_USER_AND_DATABASE} host=(?P<client_host>\S+)"
        r"(?: port=(?P<client_port>\d+))?",
        "disconnection: session time: ",
    ),
    (r'^(?P<auth_method>[\w-]+) authentication failed for user "(?P<user>[^"]*)"', ' authentication failed for user "'),
    (
        r'no pg_hba\.conf entry for (?:replication connection from )?host "(?P<client_host>[^"]*)", '
        r'user "(?P<user>[^"]*)"(?:, database "(?P<database>[^"]*)")?',
        "no pg_hba.conf entry for ",
    ),
)
"""Logins, and what each of them has: https://github.com/postgres/postgres (postmaster, backend/utils/init/postinit.c,
backend/libpq/auth.c, backend/tcop/postgres.c). A value of the prefix counts before that of the sentence."""


_SIGNS = {
    f"[A-Z]: +{_STATE}: ": ["sql_state"],
    **{re.escape(mark): re.findall(r"\?P<(\w+)>", pattern) for pattern, mark in _CONNECTIONS},
    "LOCATION: ": ["function", "source_file", "source_line"],
    "AUDIT: (?:SESSION|OBJECT),": [name for name in RARE if name.startswith("audit")],
    r"(?::  ?|ms  )(?:statement|parse|bind|execute)[^:\n]*: ": ["query_step", "query_name", "query"],
}
"""What some event has if some have these fields."""


class PostgresFormat(ShapedFormat):
    """PostgreSQL: timestamp, client, user, database, process, severity, text."""

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the prefixes that are there, ``duration_ms``, and those of statements and audits."""
        seen = super().infer_types(raw)
        if not seen:
            return {}
        general = raw.filter(pc.invert(_CLOSED.matches(raw)))
        contexts = [_in_context(_context(cut(own, shape.pattern))) for shape, own in _OPEN.among(general)]
        names = [name for found in contexts for name, texts in found.items() if texts.null_count < len(texts)]
        names += [name for sign, own in _SIGNS.items() if occurs(raw, sign) for name in own]
        extra = declared({name: seen_as for name, seen_as in {**FIELDS, **RARE}.items() if name in names})
        return {**seen, ("duration_ms",): DECIMAL, **{path: each for path, each in extra.items() if path not in seen}}


def _adjust(groups: Groups) -> Groups:
    """Cuts session, statement and audit out of prefix and message, which starts behind the severity."""
    # Lines that explain the one before them (DETAIL, HINT, CONTEXT, STATEMENT) have no level.
    level = named_level(groups["severity"])
    own = {name: texts for name, texts in groups.items() if name not in ("before", "context")}
    context = _in_context(_context(groups)) if "context" in groups else {}
    message = groups["message"]
    verbose = cut(message, _VERBOSE) if pc.any(matches(message, _VERBOSE)).as_py() else {}
    if verbose:
        own["sql_state"] = coalesce(own.get("sql_state", verbose["sql_state"]), verbose["sql_state"])
        own["message"] = message = coalesce(verbose["message"], message)
    places = pc.equal(groups["severity"], "LOCATION")
    if pc.any(places).as_py():
        own |= cut(choose(places, message, NO_STRING), _LOCATION)
    found = [cut(message, pattern) for pattern, mark in _DERIVED if occurs(message, mark)]
    fields = {**own, **context, **{name: texts for each in found for name, texts in each.items()}, "level": level}
    for pattern, mark in _CONNECTIONS:
        if occurs(message, re.escape(mark)):
            fields |= {name: coalesce(fields.get(name, each), each) for name, each in cut(message, pattern).items()}
    return fields


def _context(groups: Groups) -> Strings:
    """What a prefix of a team's own has before the time, and behind it."""
    parts = [pc.fill_null(groups[name], "") for name in ("before", "context") if name in groups]
    return pc.binary_join_element_wise(*parts, " ")


def _in_context(context: Strings) -> Groups:
    """The parts of a prefix of a team's own."""
    return {name: coalesce(*cut(context, pattern).values()) for name, pattern in _CONTEXT.items()}


_SHAPES = shapes_of(_PATTERNS, FIELDS, steps=(adjusted(_adjust),))
_CLOSED, _OPEN = (shapes_of(patterns, FIELDS) for patterns in (_PATTERNS[:-2], _PATTERNS[-2:]))
"""Open are prefixes of a team's own: with a time, and without one."""

POSTGRES = PostgresFormat(
    id="postgres",
    shapes=_SHAPES,
    rare={**FIELDS, **RARE},
    signs=(
        Sign(rf"{ISO_DAY} {CLOCK}[. ]|1\d{{9}}\.|<[ \d]|\[[\da-f.]| \d", ": "),
        *(Sign(rf"[\da-f.]{{{length}}}[\]: ]", ": ") for length in range(1, 5)),
        Sign(r"[\da-f.]{5}", ": "),
        Sign(rf"{ISO_DAY} {CLOCK}[. ]", "@"),
        Sign(r"[^ \t\n\f\r=@]", ":  "),
    ),
)
