"""Pairs of key and value anywhere in a message, as people and programs spell them.

``id=17``, ``id="17"``, ``id=<17>``, ``"id"=17``; between bars ``id=17|name=a b``; ``id:"17"``, ``:id=>17``,
``id: {17}``, ``[Id: 17]``, ``id: 17, name: "a b"``, and four of ``Id(17)`` as IBM MQ writes them. A message has such
pairs if it has two of them: one alone is rather prose.

Nobody knows where ``cause=no valid address`` ends. A word that goes on with other words is no value, unless a word such
as *from* or *then* follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from loglake.kernels.arrow import Mask, Strings, bytes_of, matches, occurs, pc, spread, texts_of, to_mask, without
from loglake.kernels.formats.delimited import columns_of
from loglake.kernels.formats.objects.trace_headers import with_header_ids
from loglake.kernels.formats.pairs.reading import (
    SINGLE,
    Cutting,
    Keys,
    Texts,
    pairs_in,
    read_alike,
    read_plainly,
    with_blanks,
    with_whole_times,
)
from loglake.kernels.formats.tables import tables, whole, wholes

_FILE = tables("pairs/spellings.toml")
_RE2: Mapping[str, str] = wholes(_FILE["parts"], _FILE["parts"])

_MARK = "\x1f"
_AS_PAIR = rf'\1="\2\3\4\5"{_MARK}'

_ONE_PAIR = re.compile(_RE2["pair"], re.ASCII)

_OPEN = "\ufdd0"
"""In the place of the equals sign of a value whose end nobody knows. Unicode keeps it for use inside of a program."""

_SIGNS = ",;)]}"
_AFTER = re.escape(_SIGNS)
_SPACE, _BACKSLASH = ord(" "), ord("\\")


class _Spelling(NamedTuple):
    """Another spelling of pairs: see ``spellings.toml``."""

    sign: str
    pair: str
    steps: tuple[tuple[str, str], ...]
    has_quotes: bool


def _spelling(table: Mapping[str, Any]) -> _Spelling:
    steps = tuple((whole(find, _RE2), by) for find, by in table["steps"])
    return _Spelling(table["sign"], whole(table["pair"], _RE2), steps, table.get("quotes", False))


_SPELLINGS = tuple(map(_spelling, _FILE["spellings"]))

PAIRS_ANYWHERE = {"=": _RE2["anywhere"], **{each.sign: each.pair for each in _SPELLINGS if each.sign != "|"}}
"""RE2 of a pair in a message, by the sign that it has."""

PAIR_ANYWHERE = "|".join(PAIRS_ANYWHERE.values())

PAIR_AT_START = _RE2["at_start"]
"""RE2 of a pair that a message starts with, where a header's end has eaten the white space before it."""

PAIR_SIGNS = tuple(PAIRS_ANYWHERE)
"""A message with two pairs has one of these twice."""


def scattered_pairs(texts: Strings, fewest: int = 2) -> Texts:
    """The pairs anywhere in texts that have enough of them, by key, null where a text has none. No text is null."""
    texts = _spelled(texts)
    if not occurs(texts, "="):
        return {}
    has: Mask = to_mask(matches(texts, _RE2["two" if fewest == 2 else "one"]))
    if not has.any():
        return {}
    own = texts.filter(pa.array(has))
    marked = _with_ends(own)
    found = _read(marked) if _has_odd(own) else read_alike(marked, _SCATTERED)
    if marked is not own:
        found = {name: pc.replace_substring(with_blanks(values), _OPEN, "=") for name, values in found.items()}
    return {name: spread(values, has) for name, values in with_header_ids(found).items()}


def _with_ends(texts: Strings) -> Strings:
    """Texts whose values without quotes end at the next blank, or are none."""
    if not occurs(texts, _RE2["may_be_closed"]):  # once for both
        return texts
    opened = pc.replace_substring_regex(with_whole_times(texts), f"={_RE2['words']}", rf"{_OPEN}\1")
    return pc.replace_substring_regex(opened, f"{_OPEN}{_RE2['closed']}", r"=\1")


def _has_odd(texts: Strings) -> bool:
    """Whether some text may be read one by one: then all are read together, and their keys have another order."""
    data = bytes_of(texts)[1]
    return bool((data < _SPACE).any() or (data == _BACKSLASH).any()) or occurs(texts, SINGLE)


def _read(texts: Strings) -> Texts:
    """The pairs of any texts, which have all some."""
    texts = pc.replace_substring_regex(texts, _MARK, " ")
    only = _only_pairs(texts)
    if occurs(texts, _RE2["odd"]):
        odd = matches(texts, _RE2["odd"])
        only = pc.replace_with_mask(only, odd, pa.array(map(_escaped_pairs, texts_of(texts.filter(odd))), pa.string()))
    return read_plainly(only)


def _keys_of(text: str) -> Keys:
    """The keys of a text; none if it can't be cut at its equals signs."""
    keys = [found[1] for found in _ONE_PAIR.finditer(text)]
    return tuple((key, False) for key in keys) if len(set(keys)) == len(keys) == text.count("=") else ()


def _line_of(keys: Keys) -> str:
    """RE2 of texts with these pairs and no other equals sign. Spaces end the values, and signs before these."""
    pairs = (rf"(?:[^=]*[ ,;(\[{{])?{re.escape(key)}={_RE2['word']}[{_AFTER}]*" for key, _ in keys)
    return f"^{' '.join(pairs)}(?: [^=]*)?$"


def _cut(texts: Strings, keys: Keys) -> Texts:
    """The values of texts that all have these keys: what follows an equals sign, up to a space."""
    _, *parts = columns_of(texts, len(keys) + 1, "=", has_quotes=False, blanks=[""])
    firsts = [pc.list_element(pc.split_pattern(part, " ", max_splits=1), 0) for part in parts]
    return {key: without(pc.ascii_rtrim(first, _SIGNS), "") for (key, _), first in zip(keys, firsts)}


def _spelled(texts: Strings) -> Strings:
    """Texts whose pairs are spelled otherwise, with ``key="value"`` in their place. Each text is decided alone."""
    for each in _SPELLINGS:
        if not occurs(texts, re.escape(each.sign)):
            continue
        own = matches(texts, rf"(?:{each.pair})(?s:.*?)(?:{each.pair})")
        if not each.has_quotes:
            own = pc.and_not(own, pc.match_substring(texts, '"'))
        if pc.any(own).as_py():
            changed = texts.filter(own)
            if not each.has_quotes:  # nor are there escapes
                changed = pc.replace_substring(changed, "\\", r"\\")
            for pattern, replacement in each.steps:
                changed = pc.replace_substring_regex(changed, pattern, replacement)
            texts = pc.replace_with_mask(texts, own, changed)
    return texts


def _only_pairs(texts: Strings) -> Strings:
    marked = pc.replace_substring_regex(texts, _RE2["each"], _AS_PAIR)
    return pc.replace_substring(pc.replace_substring_regex(marked, f"[^{_MARK}]+$", ""), _MARK, " ")


def _escaped_pairs(text: str) -> str:
    """As `_only_pairs`. Escapes are of values in double quotes alone."""
    return " ".join(
        f'{key}="{quoted}{_escaped(angled or single or bare)}"'
        for key, quoted, angled, single, bare in _ONE_PAIR.findall(text)
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


_SCATTERED = Cutting(_keys_of, _line_of, _cut, _read, lambda text: pairs_in(_escaped_pairs(text)))
