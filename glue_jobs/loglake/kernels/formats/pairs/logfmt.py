"""logfmt: ``level=info msg="order received" id=17 took=1.5``, as Go's loggers and Heroku's router write it.

Each key is a field, typed by the values that were seen: boolean, bigint, double, else string. A key that comes again in
one event is a field of its own, ``key.2``. An empty value is null.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose, coalesce, matches, nulls, occurs, pc, to_mask
from loglake.kernels.formats.base import Format, Parse, Sign
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.objects.paths import differing
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.pairs.reading import KEY, SINGLE, Texts, read_pairs, with_whole_times
from loglake.kernels.formats.pairs.separated import as_logfmt, separated
from loglake.kernels.formats.text_fields import fields_parser

MESSAGE_KEYS = ("msg", "message", "event", "Message")
LEVEL_KEYS = (
    *("level", "lvl", "severity", "loglevel", "log_level", "at", "priority"),
    *("Level", "LEVEL", "Severity", "logLevel", "LogLevel", "levelname", "lv"),
)
"""``at`` is Heroku's and l2met's, ``priority`` that of Sophos' firewalls."""

NAMES_ALONE = frozenset({"priority"})
"""Keys whose numbers are on a scale of their own."""

MAX_PAIRS = 1000
"""Equals signs, or colons, of an event that is read as pairs: nobody would query one with more by its keys."""

_PRIORITY = r"^<\d{1,3}>"
"""Of syslog, which Fortinet's firewalls have before the pairs."""

_START = rf"^(?:<\d{{1,3}}>)?{KEY}[=:]"
_LINE = rf'^(?:<\d{{1,3}}>)?(?:{KEY}=(?:"(?:[^"\\]|\\(?s:.))*"|[^\s"]*)(?:[ \t]+|\s*$)){{2,}}$'
_SINGLE_LINE = rf"""^(?:<\d{{1,3}}>)?(?:{KEY}=(?:"(?:[^"\\]|\\(?s:.))*"|'[^']*'|[^\s"]*)(?:[ \t]+|\s*$)){{2,}}$"""


class LogfmtFormat(Format):
    """Events that are nothing but pairs of key and value, two at least."""

    signs = (Sign("[<@A-Za-z_]", "="), Sign("[@A-Za-z_]", ":"))
    id = "logfmt"

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is pairs from its start to its end, and not more than `MAX_PAIRS`."""
        found = to_mask(matches(raw, _START))
        for is_own in (_is_pairs, _is_bounded) if found.any() else ():
            found[found] = to_mask(is_own(raw if found.all() else raw.filter(pa.array(found))))
        return pa.array(found)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The keys of events that match, with the least type that holds each value exactly."""
        texts = _read(raw)
        alone = unrepeated(texts, *message_and_level(texts, nulls(len(raw), pa.string())))
        return {
            (name,): replace(pair_type(name, values), repeats=not has_any(alone[name]))
            for name, values in texts.items()
            if has_any(values)
        }

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Message and level come from the usual keys (such as ``msg``), else from the text itself."""
        known = schema.by_path()

        def read(raw: Strings) -> tuple[Texts, Strings, Strings]:
            texts = _read(raw)
            message, level = message_and_level(texts, nulls(len(raw), pa.string()))
            alone = unrepeated(texts, message, level)
            return {name: (texts if (name,) in known else alone)[name] for name in texts}, message, level

        return fields_parser(schema, self.matches, read, rest)


def _is_pairs(raw: Strings) -> Booleans:
    line = _SINGLE_LINE if occurs(raw, SINGLE) else _LINE
    found = to_mask(matches(raw, line))
    if not found.all():
        left = raw.filter(pa.array(~found))
        found[~found] = to_mask(matches(with_whole_times(left), line)) | separated(left)
    return pa.array(found)


def _is_bounded(raw: Strings) -> Booleans:
    few: Booleans = pc.less_equal(pc.count_substring(raw, "="), MAX_PAIRS)
    if occurs(raw, ":"):
        own = matches(raw, rf"^{KEY}:")
        few = pc.and_(few, pc.or_(pc.invert(own), pc.less_equal(pc.count_substring(raw, ":"), MAX_PAIRS)))
    return few


def _but_audit_ids(messages: Strings) -> Strings:
    """Linux's audit daemon has time and number at ``msg=``: ``audit(1795168800.123:17):``. That is no message."""
    return choose(matches(messages, r"^audit\(\d+\.\d+:\d+\):?$"), NO_STRING, messages)


def message_and_level(texts: Texts, otherwise: Strings) -> tuple[Strings, Strings]:
    """The message, another one if no key has any, and the level, null if no key has one."""
    messages = [_but_audit_ids(texts[key]) for key in MESSAGE_KEYS if key in texts and has_any(texts[key])]
    levels = [_key_level(key, texts[key]) for key in LEVEL_KEYS if key in texts and has_any(texts[key])]
    return coalesce(*messages, otherwise), coalesce(*levels, no_level(len(otherwise)))


def _key_level(key: str, values: Strings) -> Strings:
    return normal_level(choose(matches(values, r"^\d"), NO_STRING, values) if key in NAMES_ALONE else values)


def unrepeated(texts: Texts, message: Strings, level: Strings) -> Texts:
    """The values without those that only repeat message or level: see `json_paths`."""
    envelope = {**dict.fromkeys(MESSAGE_KEYS, message), **dict.fromkeys(LEVEL_KEYS, level)}

    def alone(name: str, values: Strings) -> Strings:
        lost = differing(values, envelope[name], is_level=name in LEVEL_KEYS)
        return values if lost.all() else choose(pa.array(lost), values, NO_STRING)

    return {name: alone(name, values) if name in envelope else values for name, values in texts.items()}


def _read(raw: Strings) -> Texts:
    raw = as_logfmt(raw)
    return read_pairs(pc.replace_substring_regex(raw, _PRIORITY, "") if occurs(raw, _PRIORITY[1:]) else raw)


def has_any(texts: Strings) -> bool:
    """Whether an event has a value."""
    return texts.null_count < len(texts)
