"""logfmt: ``level=info msg="order received" id=17 took=1.5``, as Go's loggers and Heroku's router write it.

Each key is a field, typed by the values that were seen: boolean, bigint, double, else string. A key that comes again in
one event is a field of its own, ``key.2``. An empty value is null.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import (
    NO_STRING,
    Booleans,
    Int64s,
    Strings,
    choose,
    coalesce,
    is_encodable,
    matches,
    nulls,
    occurs,
    pc,
    texts_of,
    to_mask,
    without,
)
from loglake.kernels.formats.base import About, Parse, Parsed, route
from loglake.kernels.formats.json_paths import differing
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.text import TextFormat
from loglake.kernels.formats.text_fields import fill_columns, least_type
from loglake.kernels.json.read import read_objects

MESSAGE_KEYS = ("msg", "message", "event")
LEVEL_KEYS = ("level", "lvl", "severity", "loglevel", "log_level", "at")
"""``at`` is Heroku's and l2met's."""

MAX_PAIRS = 1000
"""Equals signs of an event that is read as pairs: one with more is no line that somebody would query by its keys."""

SMALL = 256
"""Events that are read one by one rather than halved once more."""

_KEY = r"[A-Za-z_@][\w.@/-]*"
_PRIORITY = r"^<\d{1,3}>"
"""Of syslog, which Fortinet's firewalls have before the pairs."""

_SINGLE = "='"
"""How a value in single quotes starts. Few logs have any, and to look for them takes time."""

_LINE = rf'^(?:<\d{{1,3}}>)?(?:{_KEY}=(?:"(?:[^"\\]|\\(?s:.))*"|[^\s"]*)(?:[ \t]+|\s*$)){{2,}}$'
_SINGLE_LINE = rf"""^(?:<\d{{1,3}}>)?(?:{_KEY}=(?:"(?:[^"\\]|\\(?s:.))*"|'[^']*'|[^\s"]*)(?:[ \t]+|\s*$)){{2,}}$"""
_PLAIN_PAIR, _AS_JSON = rf'({_KEY})=(?:"([^"]*)"|([^ "]*))(?: +|$)', r'"\1":"=\2\3",'
_SINGLE_PAIR, _SINGLE_AS_JSON = rf"""({_KEY})=(?:"([^"]*)"|'([^'"]*)'|([^ "]*))(?: +|$)""", r'"\1":"=\2\3\4",'
"""The ``=`` keeps Arrow from taking a value for a time."""

_ODD = r"[\x00-\x1f\\]"
_SINGLE_ODD = rf"""{_ODD}|{_SINGLE}[^']*\""""
_PAIR = re.compile(
    rf"""({_KEY})=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'(?=[ \t\n\r\f]|$)|([^ \t\n\r\f"]*))""", re.DOTALL | re.ASCII
)

Texts = dict[str, Strings]
"""The values by key: arrays as long as the batch, null if an event has not the key."""


class LogfmtFormat:
    """Events that are nothing but pairs of key and value, two at least."""

    id = "logfmt"
    source = "https://brandur.org/logfmt"
    about = About(
        title="logfmt",
        detection=(
            "The text is pairs of key and value with an equals sign between them, two at least, and nothing else."
        ),
        level="The first of level, lvl, severity, loglevel, log_level, at that is a level.",
        example='time=2026-11-21T08:00:00Z level=info msg="order received" id=17 took=1.5',
        note=(
            "The keys of the pairs, each with the least type that holds its values: boolean, bigint, double, string."
        ),
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is pairs from its start to its end, and not more than `MAX_PAIRS`."""
        few = pc.less_equal(pc.count_substring(raw, "="), MAX_PAIRS)
        bounded: Booleans = pc.and_(few, matches(raw, _SINGLE_LINE if occurs(raw, _SINGLE) else _LINE))
        return bounded

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The keys of events that match, with the least type that holds each value exactly."""
        texts = _read(raw)
        alone = unrepeated(texts, *message_and_level(texts, raw))
        return {
            (name,): InferredType(least_type(values), repeats=not has_any(alone[name]))
            for name, values in texts.items()
            if has_any(values)
        }

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """Message and level come from the usual keys (such as ``msg``), else from the text itself."""
        known = schema.by_path()

        def parse(raw: Strings) -> Parsed:
            texts = _read(raw)
            message, level = message_and_level(texts, raw)
            alone = unrepeated(texts, message, level)
            fields: dict[FieldPath, Strings] = {
                (name,): texts[name] if (name,) in known else alone[name] for name in texts
            }
            columns, rescued, count = fill_columns(len(raw), fields, schema)
            return Parsed(columns, message, level, rescued, count)

        left = rest or TextFormat().parser(schema)
        return lambda raw: route(raw, [(self.matches, parse)], left)


def _but_audit_ids(messages: Strings) -> Strings:
    """Linux's audit daemon has time and number at ``msg=``: ``audit(1795168800.123:17):``. That is no message."""
    return choose(matches(messages, r"^audit\(\d+\.\d+:\d+\):?$"), NO_STRING, messages)


def _picked(texts: Mapping[str, Strings], keys: Sequence[str]) -> list[Strings]:
    return [texts[key] for key in keys if key in texts and has_any(texts[key])]


def message_and_level(texts: Texts, raw: Strings) -> tuple[Strings, Strings]:
    """The message, which is the text itself if no key has one, and the level, null if no key has one."""
    messages = [_but_audit_ids(values) for values in _picked(texts, MESSAGE_KEYS)]
    levels = [normal_level(values) for values in _picked(texts, LEVEL_KEYS)]
    return coalesce(*messages, raw), coalesce(*levels, no_level(len(raw)))


def unrepeated(texts: Texts, message: Strings, level: Strings) -> Texts:
    """The values without those that only repeat message or level: see `json_paths`."""
    envelope = {**dict.fromkeys(MESSAGE_KEYS, message), **dict.fromkeys(LEVEL_KEYS, level)}

    def alone(name: str, values: Strings) -> Strings:
        lost = differing(values, envelope[name], is_level=name in LEVEL_KEYS)
        return values if lost.all() else choose(pa.array(lost), values, NO_STRING)

    return {name: alone(name, values) if name in envelope else values for name, values in texts.items()}


def _read(raw: Strings) -> Texts:
    return read_pairs(pc.replace_substring_regex(raw, _PRIORITY, "") if occurs(raw, _PRIORITY[1:]) else raw)


def has_any(texts: Strings) -> bool:
    """Whether an event has a value."""
    return texts.null_count < len(texts)


def read_pairs(raw: Strings) -> Texts:
    """The values of pairs by key. Reads many events at once, as JSON; with an escape or a line break one by one."""
    trimmed = pc.ascii_rtrim(raw, " \t\r\n\f")
    odd = to_mask(matches(trimmed, _SINGLE_ODD if occurs(trimmed, _SINGLE) else _ODD))
    if not odd.any():
        return _read_plain(trimmed)
    rows = np.arange(len(raw))
    plain = _read_plain(trimmed.filter(pa.array(~odd)))
    return _merge([(rows[~odd], plain), (rows[odd], _read_rows(trimmed.filter(pa.array(odd))))])


def _read_plain(lines: Strings) -> Texts:
    if not len(lines):
        return {}
    pair, as_json = (_SINGLE_PAIR, _SINGLE_AS_JSON) if occurs(lines, _SINGLE) else (_PLAIN_PAIR, _AS_JSON)
    members = pc.utf8_rtrim(pc.replace_substring_regex(lines, pair, as_json), ",")
    leaves = read_objects(pc.binary_join_element_wise("{", members, "}", ""), None)
    if leaves is not None:
        return {name: without(pc.utf8_slice_codeunits(leaf, 1), "") for (name,), leaf in leaves.items()}
    if len(lines) <= SMALL:  # a key that comes twice
        return _read_rows(lines)
    half, rows = len(lines) // 2, np.arange(len(lines))
    return _merge([(rows[:half], _read_plain(lines[:half])), (rows[half:], _read_plain(lines[half:]))])


def _read_rows(lines: Strings) -> Texts:
    events = [_pairs(line) for line in texts_of(lines)]
    names = dict.fromkeys(name for event in events for name in event)
    return {name: pa.array([event.get(name) for event in events], pa.string()) for name in names}


def _pairs(line: str) -> dict[str, str | None]:
    return numbered(
        (key, (_unquoted(quoted) if quoted else single or bare) or None)
        for key, quoted, single, bare in _PAIR.findall(line)
    )


def numbered(found: Iterable[tuple[str, str | None]]) -> dict[str, str | None]:
    """Pairs by key; a key that comes again is ``key.2``, and so on."""
    pairs: dict[str, str | None] = {}
    times: Counter[str] = Counter()
    for key, value in found:
        times[key] += 1
        name = key if times[key] == 1 else f"{key}.{times[key]}"
        while name in pairs:  # a key that is spelled so
            times[key] += 1
            name = f"{key}.{times[key]}"
        pairs[name] = value
    return pairs


def _unquoted(text: str) -> str:
    """Escapes are JSON's, as in Go; a text with others stays as it is."""
    try:
        value = str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
    return value if is_encodable(value) else text


def _merge(parts: Iterable[tuple[Int64s, Texts]]) -> Texts:
    """Puts parts, each with the rows of its events, into one batch in the order of the rows."""
    parts = list(parts)
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))
    names = dict.fromkeys(name for _, texts in parts for name in texts)
    return {
        name: pa.concat_arrays([texts.get(name, nulls(len(rows), pa.string())) for rows, texts in parts]).take(order)
        for name in names
    }
