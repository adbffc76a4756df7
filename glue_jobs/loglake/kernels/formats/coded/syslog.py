"""Lines of syslog daemons: RFC 3164 (``Dec 10 06:55:46 host prog[1]: text``), RFC 5424, and rsyslog's ISO timestamps.

Timestamps stay text: in RFC 3164 they have neither year nor zone.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import (
    NO_STRING,
    Booleans,
    Strings,
    by_value,
    choose,
    coalesce,
    lookup,
    matches,
    occurs,
    pc,
    without,
)
from loglake.kernels.formats.base import CLOCK, ISO_DAY, TEXT, Format, Parse, Sign, declared, types_in
from loglake.kernels.formats.coded.syslog_details import details, types_of
from loglake.kernels.formats.coded.texts import patterns_of, table_of
from loglake.kernels.formats.levels import header_level, level_in_text, no_level, normal_level
from loglake.kernels.formats.objects.embedded import may_be_objects
from loglake.kernels.formats.pairs.columns import MARK, Pairs, pair_types, pairs_among
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.pairs.logfmt import LEVEL_KEYS
from loglake.kernels.formats.shape import Groups, Shapes, adjusted, shapes_of
from loglake.kernels.formats.text_fields import beside, cut
from loglake.kernels.formats.times.paths import LOG_TIME

FIELDS = types_in(
    "facility severity timestamp host program pid:whole message_id structured_data syslog_version:whole received seq_no"
)
"""``facility`` and ``severity`` are keywords, such as ``auth`` and ``err``, where the line starts with ``<PRI>``.

RFC 5424 allows any text as ``pid``: if it is no number, it is rescued.
"""

_SEVERITIES, _FACILITIES = (
    "".join(table_of("syslog")["parts"][name]).split("|") for name in ("severities", "facilities")
)
_severity_of = lookup({str(pri): _SEVERITIES[pri % 8] for pri in range(192)})
_facility_of = lookup({str(pri): _FACILITIES[pri // 8] for pri in range(192)})

_CISCO_SIGN = r"%[A-Z][A-Z0-9_-]*-[0-7]-"
_LEVEL_AS_PROGRAM = r"^(?i:debug|info|notice|warn|warning|error|fatal|panic)$"
"""Where syslog has the program, Dovecot's own files have the level.

https://doc.dovecot.org/main/core/admin/logging.html
"""

_ENVELOPE = ("level", "message")
_OWN_LEVEL = "_level"
"""The level in the header of a logger whose line syslog carries."""

_NIL = ("timestamp", "host", "program", "pid", "message_id", "structured_data")
"""RFC 5424 writes ``-`` where there is none of these."""


class SyslogFormat(Format):
    """Syslog: timestamp, host, program, process, text."""

    signs = (Sign(rf"<\d|[ADFJMNOS][a-z]{{2}} [ \d]|{ISO_DAY}T{CLOCK}|\d{{4}}:\d\d:"), Sign("", "%"))
    id = "syslog"
    rare = FIELDS

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with a syslog header, up to the program's name."""
        return _shapes(raw).matches(raw)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the headers that are there, then those of their messages."""
        shapes = _shapes(raw)
        seen = shapes.infer_types(raw)
        if seen.pop(("_pri",), None):
            seen = join_types([{("facility",): TEXT, ("severity",): TEXT}, seen])
        return join_types([seen, join_types(_details_of(cut(own, shape.pattern)) for shape, own in shapes.among(raw))])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The level comes from PRI, else from a word such as ``ERROR`` near the start of the message."""
        with_cisco, plain = (_shapes_of(cisco).parser(schema, rest) for cisco in (True, False))
        return lambda raw: (with_cisco if occurs(raw, _CISCO_SIGN) else plain)(raw)


def _shapes(raw: Strings) -> Shapes:
    """Those that an event may have: few have Cisco's, which would cost all of them."""
    return _shapes_of(bool(occurs(raw, _CISCO_SIGN)))


@cache
def _shapes_of(cisco: bool) -> Shapes:
    patterns = patterns_of("syslog")[0 if cisco else 1 :]
    return shapes_of(patterns, {"_pri": TEXT, **FIELDS}, steps=(adjusted(_adjust),), is_carrier=True)


def _details_of(groups: Groups) -> dict[FieldPath, InferredType]:
    found = _details(groups)
    values, message = pairs_among(found), groups["message"]
    level = _adjust(groups)["level"] if values.keys() & {*LEVEL_KEYS} else no_level(len(message))
    pairs = Pairs(values, message, level)
    own = {name: values for name, values in found.items() if name != _OWN_LEVEL and not name.startswith(MARK)}
    return join_types([declared(types_of(own)), pair_types(pairs, FIELDS)])


def _details(groups: Groups) -> Groups:
    """What the message says, by names that neither the header nor the envelope has; and its pairs."""
    programs = groups.get("program", no_level(len(groups["message"])))
    fields = details(programs, groups["message"])
    if "structured_data" in groups:
        fields |= {name: values for name, values in _parameters(groups).items() if name not in fields}
    return beside(fields, (*FIELDS, *_ENVELOPE))


def _parameters(groups: Groups) -> Groups:
    texts = pc.fill_null(groups["structured_data"], "")
    return scattered_pairs(pc.replace_substring(texts, "\\]", "]"), fewest=1)


def _adjust(groups: Groups) -> Groups:
    pri, cisco_severity = groups.pop("_pri", None), groups.pop("_severity", None)
    device_time = groups.pop("_device_time", None)
    if device_time is not None:
        collected = groups["timestamp"]
        groups |= {LOG_TIME: coalesce(device_time, collected), "timestamp": coalesce(collected, device_time)}
    level = level_in_text(groups["message"])
    if "program" in groups:
        level = coalesce(
            by_value(
                groups["program"],
                lambda names: normal_level(choose(matches(names, _LEVEL_AS_PROGRAM), names, NO_STRING)),
            ),
            level,
        )
    groups = {**_details(groups), **groups}
    for name in (f"{MARK}level", "level.2", f"{MARK}severity", "severity.2", "severity"):
        if name in groups:
            named = choose(matches(groups[name], r"^\d"), NO_STRING, groups[name])  # numbers are of any scale
            level = coalesce(normal_level(named), level)
    if _OWN_LEVEL in groups:
        level = coalesce(header_level(groups.pop(_OWN_LEVEL)), level)
    # An object says its level itself.
    level = choose(pa.array(may_be_objects(groups["message"])), NO_STRING, level)
    if cisco_severity is not None:
        own = _severity_of(cisco_severity)
        groups["severity"], level = own, coalesce(own, level)
    groups = {name: without(texts, "-") if name in _NIL else texts for name, texts in groups.items()}
    if pri is None:
        return {**groups, "level": level}
    digits = pc.if_else(pc.equal(pri, "00"), "0", pri)
    severity = _severity_of(digits)
    severity = coalesce(groups.get("severity", severity), severity)
    return {**groups, "facility": _facility_of(digits), "severity": severity, "level": coalesce(severity, level)}
