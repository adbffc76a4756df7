"""Lines of pairs with a separator between them: ``a=1; b=2; c=3``, ``a=1|b=2|c=3``, ``a: 1, b: 2, c: 3``, and LTSV.

Each becomes the same as logfmt: ``a="1" b="2" c="3"``. What has fewer than three such pairs is rather prose or code.
"""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from loglake.kernels.arrow import Mask, Strings, matches, no_mask, occurs, pc, to_mask
from loglake.kernels.formats.levels import ANY_CASE

_KEY = r"[A-Za-z_@][\w.@/-]*"
_QUOTED = r'"(?:[^"\\]|\\(?s:.))*"'
_ESCAPES = r"\\"


class _Spelling(NamedTuple):
    """A way to separate pairs.

    Attributes:
        sign: what each such line has twice.
        between: RE2 of what separates the pairs.
        equals: RE2 of what separates a key from its value.
        bare: RE2 of a value without quotes, which has no separator in it.
    """

    sign: str
    between: str
    equals: str
    bare: str
    key: str = _KEY

    @property
    def line(self) -> str:
        """RE2 of a line of such pairs, three at least."""
        pair = rf"{self.key}{self.equals}(?:{_QUOTED}|{self.bare})"
        return rf"^{pair}(?:{self.between}{pair}){{2,}}(?:{self.between})?\s*$"

    @property
    def pair(self) -> str:
        """RE2 of one pair of a line, and what is before it."""
        return rf'(?:^|{self.between})({self.key}){self.equals}(?:"((?:[^"\\]|\\(?s:.))*)"|({self.bare}))'


def _words(without: str) -> str:
    """A value of some words, the first one with any sign but the separators, the others without equals signs."""
    return rf'(?:[^\s"{without}][^\s{without}]*(?: +[^\s={without}]+)*)?'


_COLONS = r'[^\s",/][^\n",]*|/[^\n"/,][^\n",]*'
"""Not two slashes: those are of an address."""

_SPELLINGS = (
    _Spelling("; ?", "; *", "=", _words(";")),
    _Spelling(", ?", ", *", "=", _words(",")),
    _Spelling(r"\|", r" *\| *", "=", r'(?:[^|"\s]+(?: +[^|"\s]+)*)?'),
    _Spelling("\t", "\t", ":", r'[^\t"\n][^\t\n]*|'),
    _Spelling(", ?", ", *", ": *", _COLONS, r"[A-Za-z_@][A-Za-z_.@/-]*"),
)

_MESSAGE = rf"^(?:{ANY_CASE}|(?i:exception|caused by|note|hint|usage|see))[:=] "
"""What is no key but how a message starts."""


def separated(raw: Strings) -> Mask:
    """Which texts are such lines."""
    found = no_mask(len(raw))
    for each in _SPELLINGS:
        if occurs(raw, each.sign):
            found |= _spelled(raw, each)
    return found


def as_logfmt(raw: Strings) -> Strings:
    """Texts with ``key="value"`` in the place of each pair of such lines; the others stay."""
    for each in _SPELLINGS:
        if not occurs(raw, each.sign):
            continue
        own = _spelled(raw, each)
        if not own.any():
            continue
        where = pa.array(own)
        texts = raw.filter(where)
        if occurs(texts, _ESCAPES):  # they are escapes in quotes alone
            plain = pc.invert(pc.match_substring(texts, '"'))
            texts = pc.if_else(plain, pc.replace_substring(texts, "\\", "\\\\"), texts)
        changed = pc.replace_substring_regex(texts, each.pair, r'\1="\2\3" ')
        raw = pc.replace_with_mask(raw, where, pc.utf8_rtrim(changed, " ;,|\t"))
    return raw


def _spelled(raw: Strings, spelling: _Spelling) -> Mask:
    found = matches(raw, spelling.line)
    return to_mask(pc.and_not(found, matches(raw, _MESSAGE)) if ":" in spelling.equals else found)
