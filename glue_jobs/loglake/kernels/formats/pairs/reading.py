"""Pairs of key and value: ``id=17 msg="order received"``, read from many texts at once.

Texts whose pairs have the same keys in the same order are cut at the spaces, by Arrow's reader of CSV. The others are
read as JSON, or one by one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Callable, NamedTuple

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import (
    Int64s,
    Strings,
    bytes_of,
    is_encodable,
    matches,
    no_mask,
    nulls,
    occurs,
    pc,
    texts_of,
    to_mask,
    without,
)
from loglake.kernels.formats.delimited import columns_of
from loglake.kernels.formats.objects.trace_headers import with_header_ids
from loglake.kernels.json.read import read_objects

SMALL = 256
"""Events that are read one by one rather than halved once more."""

KEY = r"[A-Za-z_@][\w.@/-]*"
SINGLE = "='"
"""How a value in single quotes starts. Few logs have any, and to look for them takes time."""

_PLAIN_PAIR, _AS_JSON = rf'({KEY})=(?:"([^"]*)"|([^ "]*))(?: +|$)', r'"\1":"=\2\3",'
_SINGLE_PAIR, _SINGLE_AS_JSON = rf"""({KEY})=(?:"([^"]*)"|'([^'"]*)'|([^ "]*))(?: +|$)""", r'"\1":"=\2\3\4",'
"""The ``=`` keeps Arrow from taking a value for a time."""

_ODD = r"[\x00-\x1f\\]"
_SINGLE_ODD = rf"""{_ODD}|{SINGLE}[^']*\""""
_PAIR = re.compile(
    rf"""({KEY})=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'(?=[ \t\n\r\f]|$)|([^ \t\n\r\f"]*))""", re.DOTALL | re.ASCII
)

_BARE = r"""(?:[^\s"'][^\s"]*)?"""

MOST_ORDERS, FEWEST = 8, 0.05
"""Orders of keys that are cut at spaces, and the share of texts that one has to have."""

Keys = tuple[tuple[str, bool], ...]
"""The keys of a text in their order, and whether their values are in quotes."""

Texts = dict[str, Strings]
"""The values by key: arrays as long as the batch, null if an event has not the key."""


_BLANK = "\ufdd1"
"""In the place of the blank of a time that is a value. Unicode keeps it for use inside of a program."""

_TIME = r"(=[12]\d{3}[-/.]\d\d[-/.]\d\d) (\d\d:\d\d:\d\d)"


class Cutting(NamedTuple):
    """How texts with the same keys in the same order are cut, and how all others are read.

    Attributes:
        keys_of: the keys of a text; none if it can't be cut.
        line_of: RE2 of all texts with these keys that are cut.
        cut: their values.
        others: reads any texts.
        pairs: the pairs of one text, by key.
    """

    keys_of: Callable[[str], Keys]
    line_of: Callable[[Keys], str]
    cut: Callable[[Strings, Keys], Texts]
    others: Callable[[Strings], Texts]
    pairs: Callable[[str], Iterable[str]]


def with_whole_times(texts: Strings) -> Strings:
    """Texts whose times without quotes are one word, such as ``t=2026/11/21 08:00:00``; see `with_blanks`."""
    return pc.replace_substring_regex(texts, _TIME, rf"\1{_BLANK}\2") if occurs(texts, _TIME) else texts


def with_blanks(texts: Strings) -> Strings:
    """The blanks again that `with_whole_times` has taken."""
    return pc.replace_substring(texts, _BLANK, " ")


def read_pairs(raw: Strings) -> Texts:
    """The values of pairs by key, and the ids in trace headers: see `with_header_ids`."""
    whole = with_whole_times(raw)
    found = read_plainly(whole)
    return with_header_ids(found if whole is raw else {name: with_blanks(values) for name, values in found.items()})


def read_plainly(raw: Strings) -> Texts:
    """Reads many events at once, as JSON; with an escape or a line break one by one."""
    trimmed = pc.ascii_rtrim(raw, " \t\r\n\f")
    pattern = _SINGLE_ODD if occurs(trimmed, SINGLE) else _ODD
    odd = to_mask(matches(trimmed, pattern)) if occurs(trimmed, pattern) else no_mask(len(raw))
    if not odd.any():
        return read_alike(trimmed, _SPACED)
    rows = np.arange(len(raw))
    plain = read_alike(trimmed.filter(pa.array(~odd)), _SPACED)
    return merge([(rows[~odd], plain), (rows[odd], read_each(trimmed.filter(pa.array(odd))))])


def read_alike(lines: Strings, cutting: Cutting) -> Texts:
    """Those with the keys of the first one, the rest likewise, as long as that pays; then what is left."""
    parts, order = list[tuple[Int64s, Texts]](), dict[str, tuple[int, int]]()
    rows = np.arange(len(lines))
    while len(parts) < MOST_ORDERS and len(rows) > SMALL:
        keys = cutting.keys_of(lines[0].as_py())
        own = to_mask(matches(lines, cutting.line_of(keys))) if keys else no_mask(len(lines))
        if own.sum() < len(own) * FEWEST:
            break
        alike = lines if own.all() else lines.filter(pa.array(own))
        parts.append((rows[own], cutting.cut(alike, keys)))
        for place, (key, _) in enumerate(keys):
            order.setdefault(key, (int(rows[0]), place))
        rows, lines = rows[~own], lines.filter(pa.array(~own))
    if len(parts) == 1 and not len(rows):
        return parts[0][1]
    rest = cutting.others(lines)
    if not parts:
        return rest
    left = set(rest)
    for row, line in zip(rows, lines):
        if not left:
            break
        for place, key in enumerate(cutting.pairs(line.as_py())):
            if key in left:
                order[key] = min(order.get(key, (int(row), place)), (int(row), place))
                left.remove(key)
    found = merge([*parts, (rows, rest)])
    return {key: found[key] for key in sorted(found, key=order.__getitem__)}  # by the first text that has each


def _keys_of(line: str) -> Keys:
    """The keys of a text; none if it can't be cut at spaces."""
    pairs = [(found[1], found[2] is not None) for found in _PAIR.finditer(line)]
    return tuple(pairs) if len({key for key, _ in pairs}) == len(pairs) else ()


def _line_of(keys: Keys) -> str:
    """RE2 of texts that have these keys in this order, with a space between the pairs."""
    pairs = (re.escape(key) + ("=" + (r'"[^"]*"' if quoted else _BARE)) for key, quoted in keys)
    return f"^{' '.join(pairs)}$"


def _cut(lines: Strings, keys: Keys) -> Texts:
    """The values of texts that all have the same keys: the reader takes quotes for such only where a field starts."""
    in_quotes = sum(quoted for _, quoted in keys)
    spaced = _spaced(lines, in_quotes) if in_quotes else lines
    columns = iter(columns_of(spaced, len(keys) + in_quotes, " ", has_quotes=in_quotes > 0, blanks=[""]))
    found: Texts = {}
    for key, quoted in keys:
        column = next(columns)
        found[key] = next(columns) if quoted else without(pc.utf8_slice_codeunits(column, len(key) + 1), "")
    return found


def _spaced(lines: Strings, in_quotes: int) -> Strings:
    """Texts with a space before each value in quotes. Each has as many; they may end with ``=`` themselves.

    No sign of such a value is in two texts: each starts with a key.
    """
    if bytes_of(lines)[1].tobytes().count(b'="') == in_quotes * len(lines):
        spaced: Strings = pc.replace_substring(lines, '="', '= "')
    else:  # a regular expression takes longer
        spaced = pc.replace_substring_regex(lines, '="([^"]*)"', r'= "\1"')
    return spaced


def _read_together(lines: Strings) -> Texts:
    """Reads texts as JSON; halves them if that fails, for example at a key that comes twice, until they are few."""
    if len(lines) <= SMALL:  # they may have as many keys, and Arrow has its price for each
        return read_each(lines)
    pair, as_json = (_SINGLE_PAIR, _SINGLE_AS_JSON) if occurs(lines, SINGLE) else (_PLAIN_PAIR, _AS_JSON)
    members = pc.utf8_rtrim(pc.replace_substring_regex(lines, pair, as_json), ",")
    leaves = read_objects(pc.binary_join_element_wise("{", members, "}", ""), None)
    if leaves is not None:
        return {name: without(pc.utf8_slice_codeunits(leaf, 1), "") for (name,), leaf in leaves.items()}
    half, rows = len(lines) // 2, np.arange(len(lines))
    return merge([(rows[:half], _read_together(lines[:half])), (rows[half:], _read_together(lines[half:]))])


def pairs_in(line: str) -> dict[str, str | None]:
    """The pairs of one text."""
    return numbered(
        (key, (_unquoted(quoted) if quoted else single or bare) or None)
        for key, quoted, single, bare in _PAIR.findall(line)
    )


def read_each(texts: Strings, pairs_of: Callable[[str], Mapping[str, str | None]] = pairs_in) -> Texts:
    """The values by key of texts that are read one by one."""
    columns: dict[str, list[str | None]] = {}
    for row, text in enumerate(texts_of(texts)):
        for name, value in pairs_of(text).items():
            if name not in columns:
                columns[name] = [None] * len(texts)
            columns[name][row] = value
    return {name: pa.array(values, pa.string()) for name, values in columns.items()}


_SPACED = Cutting(_keys_of, _line_of, _cut, _read_together, pairs_in)


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


def merge(parts: Iterable[tuple[Int64s, Texts]]) -> Texts:
    """Puts parts, each with the rows of its events, into one batch in the order of the rows."""
    parts = list(parts)
    order = np.argsort(np.concatenate([rows for rows, _ in parts]))
    names = dict.fromkeys(name for _, texts in parts for name in texts)
    return {
        name: pa.concat_arrays([texts.get(name, nulls(len(rows), pa.string())) for rows, texts in parts]).take(order)
        for name in names
    }
