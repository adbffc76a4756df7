"""Pairs of key and value anywhere in a message, as people and programs spell them.

``id=17``, ``id="17"``, ``id=<17>``, ``"id"=17``; between bars ``id=17|name=a b``; ``id:"17"``, ``:id=>17``,
``id: {17}``, ``[Id: 17]``, ``id: 17, name: "a b"``, and four of ``Id(17)`` as IBM MQ writes them. A message has such
pairs if it has two of them: one alone is rather prose.

Nobody knows where ``cause=no valid address`` ends. A word that goes on with other words is no value, unless a word such
as *from* or *then* follows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

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

_KEY = r"[A-Za-z_][\w.-]*"
_START = r"(?:^|[\s,;(\[{])"
_BARE = r"""(?:[^\s,;"<>()\[\]{}]|\[[^\[\]\s"]*\]|\{[^{}\s"]*\})*"""
_VALUE = rf""""[^"\n]*"|<[^<>\n]*>|'[^'\n]*'\B|{_BARE}"""
_ONE = rf"{_START}{_KEY}=(?:{_VALUE})"
_TWO = rf"{_ONE}(?s:.*?){_ONE}"
_PAIR = rf"""{_START}({_KEY})=(?:"((?:[^"\\\n]|\\.)*)"|<([^<>\n]*)>|'([^'\n]*)'\B|({_BARE}))"""
_EACH = rf"(?s:.*?){_PAIR}"
_ODD = r"""\\|=<[^<>\n]*"|='[^'\n]*\""""
"""What would be taken for an escape, or for the end of a value, in the quotes of `_AS_PAIR`."""

_MARK = "\x1f"
_AS_PAIR = rf'\1="\2\3\4\5"{_MARK}'
_REST = f"[^{_MARK}]+$"

_ONE_PAIR = re.compile(_PAIR, re.ASCII)

_OPEN = "\ufdd0"
"""In the place of the equals sign of a value whose end nobody knows. Unicode keeps it for use inside of a program."""

_WORDS = r"([A-Za-z][a-z]* +[A-Za-z][a-z]*(?:[\s.,;:!?)\]]|$))"
_CLOSED = r"((?:true|false|null|none|[A-Za-z][a-z]* +(?:again|and|as|at|for|from|has|is|now|on|then|today|via|was))\b)"
"""A word that is a value whatever follows, or one before a word that no value goes on with."""

_SIGNS = ",;)]}"
_AFTER = re.escape(_SIGNS)
_WORD = r"""[^\s,;"'<>()\[\]{}=\\]*"""
_SPACE, _BACKSLASH = ord(" "), ord("\\")


class _Spelling(NamedTuple):
    """Another spelling of pairs.

    Attributes:
        sign: what a text with such pairs has.
        pair: RE2 of a pair; a text that has it twice is spelled so.
        steps: from the spelling to ``key="value"``, RE2 and what stands in its place.
        no_quotes: texts with a quote are not spelled so.
    """

    sign: str
    pair: str
    steps: tuple[tuple[str, str], ...]
    no_quotes: bool = False


_BARRED = rf"(^|[\s|])({_KEY})=([^|]*)"
_NAME = r"[A-Za-z][\w-]*"
_LISTED = r'(?:"[^"\n]*"|[\w./:@%+-]*[\w/%])'
_LISTED_END = r"(?:[,;]|\.?\s*$)"
"""One word behind a colon, and a comma, a semicolon or the end behind it: more of a value might follow else."""

_SPELLINGS = (
    _Spelling("|", rf"{_KEY}=[^|]*\|", ((r"[ \t]+\|", "|"), (_BARRED, r' \2="\3"')), no_quotes=True),
    _Spelling(':"', rf'{_START}{_KEY}:"[^"]*"', ((rf'({_START}{_KEY}):"', r'\1="'),)),
    _Spelling('"=', rf'{_START}"{_KEY}"=[^\s=>]', ((rf'({_START})"({_KEY})"=([^\s=>])', r"\1\2=\3"),)),
    _Spelling("=>", rf'[:"]{_KEY}"? ?=>', ((rf'[:"]({_KEY})"? ?=> ?', r" \1="),)),
    _Spelling(
        ": {", rf"(?:^|\s){_KEY}: \{{[^{{}}]*\}}", ((rf"({_KEY}): \{{([^{{}}]*)\}}", r' \1="\2"'),), no_quotes=True
    ),
    _Spelling(
        ": ",
        rf"{_START}{_NAME}: {_LISTED}{_LISTED_END}",
        ((rf"({_START}{_NAME}): ({_LISTED})({_LISTED_END})", r"\1=\2 \3"),),
    ),
    _Spelling(
        ") ",
        r"\b[A-Z]\w*\([^()]*\) [A-Z]\w*\([^()]*\)(?: |$)",
        ((r"(^| )([A-Z]\w*)\(([^()]*)\)", r' \2="\3"'),),
        no_quotes=True,
    ),
    _Spelling(
        "[",
        rf"\[{_NAME}(?: {_NAME})?: [^\[\]]*\]",
        ((rf"\[({_NAME}): ([^\[\]]*)\]", r' \1="\2"'), (rf"\[({_NAME}) ({_NAME}): ([^\[\]]*)\]", r' \1_\2="\3"')),
        no_quotes=True,
    ),
)

PAIRS_ANYWHERE = {
    "=": rf"(?:^|[\s,;(\[{{|]){_KEY}=[^\s=>,;]",
    **{each.sign: each.pair for each in _SPELLINGS if each.sign != "|"},
}
"""RE2 of a pair in a message, by the sign that it has.

Each has another one before its key: Python's own expressions would try each letter else.
"""

PAIR_ANYWHERE = "|".join(PAIRS_ANYWHERE.values())

PAIR_AT_START = rf"""(?:{_KEY}(?:=[^\s=>,;]|:"[^"]*"|: \{{[^{{}}]*\}}|: {_LISTED}{_LISTED_END})|"{_KEY}"=[^\s=>])"""
"""RE2 of a pair that a message starts with, where a header's end has eaten the white space before it."""

PAIR_SIGNS = tuple(PAIRS_ANYWHERE)
"""A message with two pairs has one of these twice."""


def scattered_pairs(texts: Strings, fewest: int = 2) -> Texts:
    """The pairs anywhere in texts that have enough of them, by key, null where a text has none. No text is null."""
    texts = _spelled(texts)
    if not occurs(texts, "="):
        return {}
    has: Mask = to_mask(matches(texts, _TWO if fewest == 2 else _ONE))
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
    if not occurs(texts, r"=(?:[A-Za-z][a-z]* +[A-Za-z]|[12][\d/.-]+ \d\d:)"):  # once for both
        return texts
    opened = pc.replace_substring_regex(with_whole_times(texts), f"={_WORDS}", rf"{_OPEN}\1")
    return pc.replace_substring_regex(opened, f"{_OPEN}{_CLOSED}", r"=\1")


def _has_odd(texts: Strings) -> bool:
    """Whether some text may be read one by one: then all are read together, and their keys have another order."""
    data = bytes_of(texts)[1]
    return bool((data < _SPACE).any() or (data == _BACKSLASH).any()) or occurs(texts, SINGLE)


def _read(texts: Strings) -> Texts:
    """The pairs of any texts, which have all some."""
    texts = pc.replace_substring_regex(texts, _MARK, " ")
    only = _only_pairs(texts)
    if occurs(texts, _ODD):
        odd = matches(texts, _ODD)
        only = pc.replace_with_mask(only, odd, pa.array(map(_escaped_pairs, texts_of(texts.filter(odd))), pa.string()))
    return read_plainly(only)


def _keys_of(text: str) -> Keys:
    """The keys of a text; none if it can't be cut at its equals signs."""
    keys = [found[1] for found in _ONE_PAIR.finditer(text)]
    return tuple((key, False) for key in keys) if len(set(keys)) == len(keys) == text.count("=") else ()


def _line_of(keys: Keys) -> str:
    """RE2 of texts with these pairs and no other equals sign. Spaces end the values, and signs before these."""
    pairs = (rf"(?:[^=]*[ ,;(\[{{])?{re.escape(key)}={_WORD}[{_AFTER}]*" for key, _ in keys)
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
        if each.no_quotes:
            own = pc.and_not(own, pc.match_substring(texts, '"'))
        if pc.any(own).as_py():
            changed = texts.filter(own)
            if each.no_quotes:  # nor are there escapes
                changed = pc.replace_substring(changed, "\\", r"\\")
            for pattern, replacement in each.steps:
                changed = pc.replace_substring_regex(changed, pattern, replacement)
            texts = pc.replace_with_mask(texts, own, changed)
    return texts


def _only_pairs(texts: Strings) -> Strings:
    marked = pc.replace_substring_regex(texts, _EACH, _AS_PAIR)
    return pc.replace_substring(pc.replace_substring_regex(marked, _REST, ""), _MARK, " ")


def _escaped_pairs(text: str) -> str:
    """As `_only_pairs`. Escapes are of values in double quotes alone."""
    return " ".join(
        f'{key}="{quoted}{_escaped(angled or single or bare)}"'
        for key, quoted, angled, single, bare in _ONE_PAIR.findall(text)
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


_SCATTERED = Cutting(_keys_of, _line_of, _cut, _read, lambda text: pairs_in(_escaped_pairs(text)))
