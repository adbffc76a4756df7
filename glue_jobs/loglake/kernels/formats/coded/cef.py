"""Events of security products: ArcSight's Common Event Format, and QRadar's Log Event Extended Format."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Booleans, Int64s, Strings, matches, no_mask, occurs, pc, texts_of, to_mask, without
from loglake.kernels.formats.base import Sign, types_in
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values, with_values
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.pairs.reading import merge, numbered, read_each
from loglake.kernels.formats.text_fields import beside, cut

_TIME = r"(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*)"
_SYSLOG = rf"^(?:<\d{{1,3}}>)?(?:1 )?(?:(?P<timestamp>{_TIME}) (?:(?P<host>[\w.:-]+) )?(?:[^|]*? )?)?"
_PART = r"(?:[^|\\]|\\(?s:.))*"
_HEADER = (
    r"(?P<format>CEF|LEEF): ?(?P<format_version>\d+(?:\.\d+)?)\|"
    rf"(?P<device_vendor>{_PART})\|(?P<device_product>{_PART})\|(?P<device_version>{_PART})\|(?P<event_class_id>{_PART})\|"
)
_START = rf"{_SYSLOG}{_HEADER}"
_CEF = rf"{_START}(?P<name>{_PART})\|(?P<severity>{_PART})\|(?P<rest>(?s:.*))$"
_LEEF = rf"{_START}(?:(?P<delimiter>[^\w\s|=]|0?x[0-9A-Fa-f]{{2,4}}|\t|)\|)?(?P<rest>(?s:.*))$"

FIELDS = types_in("format format_version device_vendor device_product device_version event_class_id")
RARE = types_in("timestamp host name severity extension_text")

_KEY = r"[A-Za-z_][\w.\[\]-]*"
_PAIR, _IS = "\x1e", "\x1f"

_IN_HEADER = {"\\|": "|", "\\=": "="}
_IN_EXTENSION = {**_IN_HEADER, "\\n": "\n", "\\r": "\r"}
"""What has a backslash before it in CEF, beside a backslash itself."""


def _has_header(raw: Strings) -> Booleans:
    return matches(raw, _START) if occurs(raw, "CEF:|LEEF:") else pa.array(no_mask(len(raw)))


def _read_events(raw: Strings) -> tuple[Values, Strings, Strings]:
    values = _values(raw)
    return with_values(values), values["name"], no_level(len(raw))


def _values(raw: Strings) -> Values:
    """The fields of header and extension."""
    is_cef = to_mask(matches(raw, _CEF)) & to_mask(matches(raw, rf"{_SYSLOG}CEF:"))
    rows: Int64s = np.arange(len(raw))
    parts: list[tuple[Int64s, Values]] = [(rows[:0], dict.fromkeys((*FIELDS, *RARE), raw[:0]))]
    for own, pattern in ((rows[is_cef], _CEF), (rows[~is_cef], _LEEF)):
        if not len(own):
            continue
        groups = cut(raw.take(own), pattern)
        marked = _marked(groups.pop("rest"), groups.pop("delimiter", None))
        before_keys = pc.utf8_trim_whitespace(pc.replace_substring_regex(marked, rf"{_PAIR}(?s:.*)$", ""))
        pairs = {"extension_text": without(before_keys, ""), **beside(_read(marked), {*FIELDS, *RARE})}
        if pattern is _CEF:  # LEEF has no escapes
            groups = {name: _unescaped(texts, _IN_HEADER) for name, texts in groups.items()}
            pairs = {name: _unescaped(texts, _IN_EXTENSION) for name, texts in pairs.items()}
        parts.append((own, {**groups, **pairs}))
    return merge(parts)


def _marked(rest: Strings, delimiters: Strings | None) -> Strings:
    """Extensions with a mark before each key, and one behind it."""
    texts = pc.utf8_trim_whitespace(pc.fill_null(rest, ""))
    marked: Strings = texts
    if delimiters is None:
        marked = pc.replace_substring_regex(texts, rf"(?:^|\s+)({_KEY})=", rf"{_PAIR}\1{_IS}")
    known = pc.fill_null(delimiters, "\t") if delimiters is not None else pa.array([], pa.string())
    for delimiter in texts_of(pc.unique(known)):
        own = to_mask(pc.equal(known, delimiter))
        sign = chr(int(delimiter[delimiter.index("x") + 1 :], 16)) if "x" in delimiter else delimiter or "\t"
        between = r"\t+| +" if sign == "\t" else rf"\x{{{ord(sign):x}}}"
        with_marks = pc.replace_substring_regex(
            texts.filter(pa.array(own)), rf"(?:^|{between})({_KEY})=", rf"{_PAIR}\1{_IS}"
        )
        marked = pc.replace_with_mask(marked, pa.array(own), with_marks)
    return marked


def _read(marked: Strings) -> Values:
    """The values by key: many events at once, if no key comes twice, nor is spelled as the second one of another."""
    found = keyed_values(marked, _PAIR, _IS)
    is_sure = not any(name.rpartition(".")[0] in found for name in found)
    return found if is_sure else read_each(marked, _pairs)


def _pairs(text: str) -> dict[str, str | None]:
    parts = (part.partition(_IS) for part in text.split(_PAIR)[1:])
    return numbered((name, value or None) for name, _, value in parts)


def _unescaped(values: Strings, escapes: Mapping[str, str]) -> Strings:
    if not occurs(values, r"\\"):
        return values
    # An escaped backslash is marked while the others are read: it must not make an escape of what follows it.
    values = pc.replace_substring(values, "\\\\", _PAIR)
    for escaped, plain in escapes.items():
        values = pc.replace_substring(values, escaped, plain)
    return pc.replace_substring(values, _PAIR, "\\")


CEF = FieldsFormat(
    id="cef",
    signs=(Sign(r"[<\dA-Z]", "EF:"),),
    is_own=_has_header,
    read=_read_events,
    fields=FIELDS,
    rare=RARE,
    always=False,
)
"""Lines such as ``CEF:0|vendor|product|1.0|100|worm stopped|10|src=192.0.2.1 msg=two words``, and LEEF's.

A syslog header may come first. A key's value ends where the next key starts, in LEEF at the delimiter. The message is
the event's name; LEEF has none.
"""
