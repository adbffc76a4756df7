"""Lines of pairs with a separator between them: ``a=1; b=2; c=3``, ``a=1|b=2|c=3``, ``a: 1, b: 2, c: 3``, and LTSV.

Each becomes the same as logfmt: ``a="1" b="2" c="3"``. What has fewer than three such pairs is rather prose or code.
So is what names neither its level nor its time, but for LTSV, and for lines that are logfmt without their separators.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

import pyarrow as pa

from loglake.kernels.arrow import Mask, Strings, matches, no_mask, occurs, pc, texts_of, to_mask
from loglake.kernels.formats.levels import ANY_CASE

_KEY = r"[A-Za-z_@][\w.@/-]*"
_QUOTED = r'"(?:[^"\\]|\\(?s:.))*"'


class _Separation(NamedTuple):
    """A way to separate pairs.

    Attributes:
        sign: what each such line has twice.
        between: RE2 of what separates the pairs.
        equals: RE2 of what separates a key from its value.
        bare: RE2 of a value without quotes, which has no separator in it, and no quote.
        after: what may follow the last pair, white space aside.
        has_quotes: whether quotes may be around a value.
    """

    sign: str
    between: str
    equals: str
    bare: str
    key: str = _KEY
    after: str = ""
    has_quotes: bool = True

    @property
    def line(self) -> str:
        """RE2 of a line of such pairs, three at least."""
        quoted = rf"{_QUOTED}|" if self.has_quotes else ""
        pair = rf"{self.key}{self.equals}(?:{quoted}{self.bare})"
        return rf"^{pair}(?:{self.between}{pair}){{2,}}[\s{self.after}]*$"

    @property
    def pair(self) -> str:
        """RE2 of one pair of a line, and what is before it."""
        return rf'(?:^|{self.between})({self.key}){self.equals}(?:"((?:[^"\\]|\\(?s:.))*)"|({self.bare}))'

    @property
    def named(self) -> str:
        """RE2 of a line that names its level or its time."""
        level = rf'(?i:(?:log[._-]?)?level(?:name)?|lvl|lv|severity|at){self.equals}"?{ANY_CASE}'
        time = rf'(?i:@?timestamp|ts|time|date|datetime|t){self.equals}"?\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d[^\s";,|]*'
        return rf'(?:^|{self.between})(?:{level}|{time})"? *(?:[;,|]|\s*$)'


def _words(without: str) -> str:
    """A value of some words, the first one with any sign but the separators, the others without equals signs."""
    return rf'(?:[^\s"{without}]+(?: +[^\s="{without}]+)*)?'


_COLONS = r'[^\s",/][^\n",]*|/[^\n"/,][^\n",]*'
"""Not two slashes: those are of an address."""

_LTSV = _Separation("\t", "\t", ":", r"[^\t\n]*", has_quotes=False)
"""Its values may hold quotes, which mean nothing: https://ltsv.org"""

_SEPARATIONS = (
    _Separation("; ?", "; *", "=", _words(";"), after=";,"),
    _Separation(", ?", ", *", "=", _words(","), after=";,"),
    _Separation(r"\|", r" *\| *", "=", _words("|"), after="|;,"),
    _LTSV,
    _Separation(", ?", ", *", ": *", _COLONS, r"[A-Za-z_@][A-Za-z_.@/-]*", after=";,"),
)

_SPACED = rf'^(?:{_KEY}=(?:{_QUOTED}|[^\s"]*)(?:[ \t]+|\s*$)){{3,}}$'
"""A line that logfmt reads too. It would take the separators for parts of the values."""

_MESSAGE = rf"^(?:{ANY_CASE}|(?i:exception|caused by|note|hint|usage|see))[:=] "
"""What is no key but how a message starts."""


def separated(raw: Strings) -> Mask:
    """Which texts are such lines."""
    found = no_mask(len(raw))
    for each in _SEPARATIONS:
        if occurs(raw, each.sign):
            found |= _are_separated(raw, each)
    return found


def as_logfmt(raw: Strings) -> Strings:
    """Texts with ``key="value"`` in the place of each pair of such lines; the others stay."""
    for each in _SEPARATIONS:
        if not occurs(raw, each.sign):
            continue
        own = _are_separated(raw, each)
        if own.any():
            where = pa.array(own)
            raw = pc.replace_with_mask(raw, where, _in_quotes(raw.filter(where), each))
    return raw


def _are_separated(raw: Strings, separation: _Separation) -> Mask:
    found = to_mask(matches(raw, separation.line))
    if separation is _LTSV or not found.any():
        return found
    own = raw.filter(pa.array(found))
    sure = to_mask(matches(own, separation.named))
    if separation.equals == "=":
        sure |= to_mask(matches(own, _SPACED))
    else:
        sure &= ~to_mask(matches(own, _MESSAGE))
    found[found] = sure
    return found


def _in_quotes(lines: Strings, separation: _Separation) -> Strings:
    """Lines with all their values in quotes, and escapes for what is none without."""
    lines = pc.utf8_rtrim(lines, f" \t\r\n{separation.after}")
    if not separation.has_quotes:
        lines = pc.replace_substring(pc.replace_substring(lines, "\\", "\\\\"), '"', '\\"')
    quoted: Strings = pc.utf8_rtrim(pc.replace_substring_regex(lines, separation.pair, r'\1="\2\3" '), " ")
    odd = pc.match_substring(lines, "\\")
    if separation.has_quotes and pc.any(odd).as_py():  # it is an escape in quotes alone
        pattern = re.compile(separation.pair.replace(r"\s", r" \t\n\r\f"), re.ASCII)
        escaped = [pattern.sub(_escaped, line).rstrip(" ") for line in texts_of(lines.filter(odd))]
        quoted = pc.replace_with_mask(quoted, odd, pa.array(escaped, pa.string()))
    return quoted


def _escaped(pair: re.Match[str]) -> str:
    key, quoted, bare = pair.groups()
    value = json.dumps(bare, ensure_ascii=False) if quoted is None else f'"{quoted}"'
    return f"{key}={value} "
