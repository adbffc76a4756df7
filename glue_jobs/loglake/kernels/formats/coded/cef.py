"""Events of security products: ArcSight's Common Event Format, and QRadar's Log Event Extended Format."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Int64s, Strings, matches, occurs, pc, texts_of, to_mask, without
from loglake.kernels.formats.coded.fields_format import Values, fields_format, with_values
from loglake.kernels.formats.coded.texts import patterns_of
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.pairs.reading import merge, numbered, read_each
from loglake.kernels.formats.text_fields import REST, beside, cut

_KEY = r"[A-Za-z_][\w.\[\]-]*"
_PAIR, _IS = "\x1e", "\x1f"

_IN_HEADER = {"\\|": "|", "\\=": "="}
_IN_EXTENSION = {**_IN_HEADER, "\\n": "\n", "\\r": "\r"}
"""What has a backslash before it in CEF, beside a backslash itself."""


def _read_events(raw: Strings) -> tuple[Values, Strings, Strings]:
    values = _values(raw)
    return with_values(values), values["name"], no_level(len(raw))


def _values(raw: Strings) -> Values:
    """The fields of header and extension."""
    (cef,), (leef,), (of_cef,) = (patterns_of("cef", key) for key in ("cef", "leef", "of_cef"))
    is_cef = to_mask(matches(raw, cef)) & to_mask(matches(raw, of_cef.removesuffix(REST)))
    known = (*CEF.fields, *CEF.rare)
    rows: Int64s = np.arange(len(raw))
    parts: list[tuple[Int64s, Values]] = [(rows[:0], dict.fromkeys(known, raw[:0]))]
    for own, pattern in ((rows[is_cef], cef), (rows[~is_cef], leef)):
        if not len(own):
            continue
        groups = cut(raw.take(own), pattern)
        marked = _marked(groups.pop("rest"), groups.pop("delimiter", None))
        before_keys = pc.utf8_trim_whitespace(pc.replace_substring_regex(marked, rf"{_PAIR}(?s:.*)$", ""))
        pairs = {"extension_text": without(before_keys, ""), **beside(_read(marked), known)}
        if pattern is cef:  # LEEF has no escapes
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


CEF = fields_format("cef", _read_events)
"""Lines such as ``CEF:0|vendor|product|1.0|100|worm stopped|10|src=192.0.2.1 msg=two words``, and LEEF's.

A syslog header may come first. A key's value ends where the next key starts, in LEEF at the delimiter. The message is
the event's name; LEEF has none.
"""
