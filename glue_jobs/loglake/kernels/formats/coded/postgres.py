"""PostgreSQL's log as RDS and Aurora write it (``%t:%r:%u@%d:[%p]:``), in their longer form, and with other prefixes.

A ``log_line_prefix`` that starts with a time, or has one behind a process, a session or a name, is read whatever
follows: its parts are found by how they look. One without a time has to name its parts, or to start with the process.
A statement over several lines belongs to the message. Timestamps stay text: they name their zone by letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from loglake.core.schema.schema import FieldPath, InferredType
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, matches, occurs, pc
from loglake.kernels.formats.base import CLOCK, DECIMAL, ISO_DAY, Sign, declared, types_in
from loglake.kernels.formats.coded.texts import patterns_of, sentences_of, table_of
from loglake.kernels.formats.levels import named_level
from loglake.kernels.formats.shape import Groups, ShapedFormat, Shapes, adjusted, shapes_of
from loglake.kernels.formats.text_fields import cut

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

_SIGNS: Mapping[str, Sequence[str]] = {
    "LOCATION: ": ("function", "source_file", "source_line"),
    "AUDIT: (?:SESSION|OBJECT),": tuple(name for name in RARE if name.startswith("audit")),
    r"(?::  ?|ms  )(?:statement|parse|bind|execute)[^:\n]*: ": ("query_step", "query_name", "query"),
}
"""What some event has if some have these fields."""


class PostgresFormat(ShapedFormat):
    """PostgreSQL: timestamp, client, user, database, process, severity, text."""

    id = "postgres"
    signs = (
        Sign(rf"{ISO_DAY} {CLOCK}[. ]|1\d{{9}}\.|<[ \d]|\[[\da-f.]| \d", ": "),
        *(Sign(rf"[\da-f.]{{{length}}}[\]: ]", ": ") for length in range(1, 5)),
        Sign(r"[\da-f.]{5}", ": "),
        Sign(rf"{ISO_DAY} {CLOCK}[. ]", "@"),
        Sign(r"[^ \t\n\f\r=@]", ":  "),
    )

    def __init__(self) -> None:
        self.rare = {**FIELDS, **RARE}

    @cached_property
    def shapes(self) -> Shapes:  # type: ignore[override]  # made once, as an attribute is
        """How the events look."""
        return shapes_of(patterns_of("postgres"), FIELDS, steps=(adjusted(_adjust),))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the prefixes that are there, ``duration_ms``, and those of statements and audits."""
        seen = super().infer_types(raw)
        if not seen:
            return {}
        of_a_team = [(shape, own) for shape, own in self.shapes.among(raw) if "?P<context>" in shape.pattern]
        contexts = [_in_context(_context(cut(own, shape.pattern))) for shape, own in of_a_team]
        names = [name for found in contexts for name, texts in found.items() if texts.null_count < len(texts)]
        signs = {rf"[A-Z]: +{table_of('postgres')['parts']['state']}: ": ["sql_state"], **_SIGNS}
        logins = sentences_of("postgres", "logins").items()
        signs |= {re.escape(sign): re.findall(r"\?P<(\w+)>", pattern) for sign, pattern in logins}
        names += [name for sign, own in signs.items() if occurs(raw, sign) for name in own]
        extra = declared({name: seen_as for name, seen_as in {**FIELDS, **RARE}.items() if name in names})
        return {**seen, ("duration_ms",): DECIMAL, **{path: each for path, each in extra.items() if path not in seen}}


def _adjust(groups: Groups) -> Groups:
    """Cuts session, statement and audit out of prefix and message, which starts behind the severity."""
    # Lines that explain the one before them (DETAIL, HINT, CONTEXT, STATEMENT) have no level.
    level = named_level(groups["severity"])
    own = {name: texts for name, texts in groups.items() if name not in ("before", "context")}
    context = _in_context(_context(groups)) if "context" in groups else {}
    message = groups["message"]
    (with_state,), (location,) = (patterns_of("postgres", key) for key in ("verbose", "location"))
    if pc.any(matches(message, with_state)).as_py():
        verbose = cut(message, with_state)
        own["sql_state"] = coalesce(own.get("sql_state", verbose["sql_state"]), verbose["sql_state"])
        own["message"] = message = coalesce(verbose["message"], message)
    places = pc.equal(groups["severity"], "LOCATION")
    if pc.any(places).as_py():
        own |= cut(choose(places, message, NO_STRING), location)
    fields = {**own, **context, "level": level}
    for sign, pattern in (*sentences_of("postgres", "derived").items(), *sentences_of("postgres", "logins").items()):
        if occurs(message, re.escape(sign)):
            said = cut(message, pattern).items()
            fields |= {name: coalesce(fields[name], each) if name in fields else each for name, each in said}
    return fields


def _context(groups: Groups) -> Strings:
    """What a prefix of a team's own has before the time, and behind it."""
    parts = [pc.fill_null(groups[name], "") for name in ("before", "context") if name in groups]
    return pc.binary_join_element_wise(*parts, " ")


def _in_context(context: Strings) -> Groups:
    """The parts of a prefix of a team's own."""
    return {
        name: coalesce(*cut(context, pattern).values()) for name, pattern in table_of("postgres")["context"].items()
    }
