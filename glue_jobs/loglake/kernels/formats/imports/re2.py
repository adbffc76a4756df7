"""Patterns of Ruby (Grok) and PCRE (lnav) as RE2 reads them.

Named groups, atomic groups, possessive quantifiers and some escapes are rewritten; groups without a name lose their
number, since Arrow takes named ones only. RE2 matches without going back, so an atomic group is a plain one there. What
RE2 can't do is refused with the part of the pattern, and what to write instead.

As in Ruby and lnav, ``$`` is the end of a line, and ``^`` is the start of the event.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NoReturn

import pyarrow as pa

from loglake.errors import ConfigError
from loglake.kernels.arrow import pc

MAX_CHARACTERS = 50_000
"""Of a pattern with all that it names: more is a mistake, and would be slow."""


class Dialect(Enum):
    """Who else reads such patterns."""

    RUBY = "ruby"
    PCRE = "pcre"


_HEX, _BLANK = "0-9a-fA-F", r" \t"
_NAMED = re.compile(r"\(\?(?:P?<([^>=!][^>]*)>|'([^']+)')")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*(?:-[a-zA-Z]+)?)([:)])")
_REPEAT = re.compile(r"\{(\d*)(,?)(\d*)\}")
_REFUSED = (
    (r"\(\?=|\(\?!", "look-ahead", "match the text itself, such as [^ ]+ for what ends before a space"),
    (r"\(\?<=|\(\?<!", "look-behind", "match the text before it, outside of the named group"),
    (r"\(\?\(", "conditions", "write both cases, with | between them"),
    (r"\(\?(?:R|\d|&|P>)", "recursion", "write out the levels that there are"),
    (r"\(\?\|", "branch reset", "give each group a name; one name may come twice"),
    (r"\(\*", "verbs", "leave it out"),
    (r"\\[1-9]|\\[kg][<{'\d]", "back-references", "match each place by itself, such as [\"'] for either quote"),
    (r"\\[GKX]", "this escape", "leave it out"),
)
_REFUSALS = [(re.compile(pattern), name, advice) for pattern, name, advice in _REFUSED]


def to_re2(pattern: str, dialect: Dialect) -> str:
    """The pattern for RE2; ``%{NAME}`` stays as it is, and so does the text of a group's name.

    Raises:
        ConfigError: RE2 can't do what a part of the pattern does.
    """
    return _Rewriting(pattern, dialect).done()


def check_re2(pattern: str, shown: str) -> None:
    """Compiles a pattern once.

    Args:
        pattern: for RE2.
        shown: as its owner wrote it.

    Raises:
        ConfigError: RE2 refuses it.
    """
    try:
        pc.extract_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        said = str(error).removeprefix("Invalid regular expression: ")
        advice = (
            "use * or + in the place of counted repetitions"
            if "too large" in said or "repetition" in said
            else "correct this part of it"
        )
        raise ConfigError(f"{_short(shown)}: RE2, which reads the pattern, refuses it: {said}: {advice}") from None
    except UnicodeEncodeError:
        raise ConfigError(f"{_short(shown)}: half of a surrogate pair in it is no character: correct it") from None


def check_size(pattern: str, shown: str) -> None:
    """Raises ConfigError if a pattern is too long."""
    if len(pattern) > MAX_CHARACTERS:
        raise ConfigError(
            f"{_short(shown)}: with all patterns that it names, this has more than {MAX_CHARACTERS:,} characters: "
            "name fewer patterns, or simpler ones"
        )


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


class _Rewriting:
    """One pattern, from left to right."""

    def __init__(self, pattern: str, dialect: Dialect) -> None:
        self._pattern = pattern
        self._is_ruby = dialect is Dialect.RUBY
        self._at = 0
        self._out: list[str] = []

    def done(self) -> str:
        check_size(self._pattern, self._pattern)
        while self._at < len(self._pattern):
            self._refuse()
            self._step()
        return "".join(self._out)

    def _refuse(self) -> None:
        for refused, name, advice in _REFUSALS:
            if refused.match(self._pattern, self._at):
                self._fail(name, advice)

    def _fail(self, name: str, advice: str) -> NoReturn:
        part = self._pattern[self._at : self._at + 40]
        if part.startswith("(") and ")" in part:
            part = part[: part.index(")") + 1]
        raise ConfigError(
            f"{_short(self._pattern)}: RE2, which reads the pattern, has no {name}, and there is {part!r} at character "
            f"{self._at + 1}: {advice}"
        )

    def _step(self) -> None:
        letter = self._pattern[self._at]
        if letter == "\\":
            self._put(_escape(self._pattern[self._at + 1 : self._at + 6], self._is_ruby), self._escape_length())
        elif self._pattern.startswith("%{", self._at):
            end = self._pattern.find("}", self._at)
            self._copy(len(self._pattern) if end < 0 else end + 1)
        elif letter == "[":
            self._class()
        elif letter == "(":
            self._group()
        elif letter in "*+?" or (letter == "{" and _REPEAT.match(self._pattern, self._at)):
            self._repeat()
        elif letter == "$":
            self._put("(?m:$)", 1)
        else:
            self._copy(self._at + 1)

    def _escape_length(self) -> int:
        return 6 if re.match(r"\\u[0-9a-fA-F]{4}", self._pattern[self._at :]) else 2

    def _put(self, text: str, length: int) -> None:
        self._out.append(text)
        self._at += length

    def _copy(self, end: int) -> None:
        self._put(self._pattern[self._at : end], end - self._at)

    def _group(self) -> None:
        named = _NAMED.match(self._pattern, self._at)
        if named:
            self._put(f"(?P<{named[1] or named[2]}>", len(named[0]))
            return
        if self._pattern.startswith("(?#", self._at):
            end = self._pattern.find(")", self._at)
            self._at = len(self._pattern) if end < 0 else end + 1
            return
        if self._pattern.startswith("(?>", self._at):
            self._put("(?:", 3)
            return
        flags = _FLAGS.match(self._pattern, self._at)
        if not flags:
            self._put("(?:", 1)
            return
        if "x" in flags[1].split("-")[0]:
            self._fail("free-spacing mode", "write the pattern without white space and comments")
        names = flags[1].replace("m", "s") if self._is_ruby else flags[1]
        self._put(f"(?{names}{flags[2]}", len(flags[0]))

    def _repeat(self) -> None:
        found = _REPEAT.match(self._pattern, self._at)
        if found:
            least = found[1] or "0"
            self._put(f"{{{least}{found[2]}{found[3]}}}", len(found[0]))
        else:
            self._copy(self._at + 1)
        if self._pattern.startswith("?", self._at):
            self._copy(self._at + 1)
        elif self._pattern.startswith("+", self._at):  # possessive
            self._at += 1

    def _class(self) -> None:
        """A class of characters. A bracket in it is a character, but for ``[:alpha:]``."""
        start = self._at
        self._copy(self._at + (2 if self._pattern.startswith("[^", self._at) else 1))
        if self._pattern.startswith("]", self._at):
            self._put(r"\]", 1)
        while self._at < len(self._pattern) and self._pattern[self._at] != "]":
            letter = self._pattern[self._at]
            named = re.compile(r"\[:\^?\w+:\]").match(self._pattern, self._at)
            if named:
                self._copy(self._at + len(named[0]))
            elif letter == "\\":
                text = _escape(self._pattern[self._at + 1 : self._at + 6], self._is_ruby)
                self._put(text[1:-1] if text.startswith("[") else text, self._escape_length())
            elif letter in "[(":
                self._put(f"\\{letter}", 1)
            else:
                self._copy(self._at + 1)
        if self._at >= len(self._pattern):
            self._at = start
            self._fail("class without an end", "add the missing ]")
        self._copy(self._at + 1)


def _escape(after: str, is_ruby: bool) -> str:
    """A backslash and what follows it; a class in brackets if it is one."""
    letter = after[:1]
    if letter == "h":
        return f"[{_HEX if is_ruby else _BLANK}]"
    if letter == "u" and re.fullmatch(r"u[0-9a-fA-F]{4}", after):
        return f"\\x{{{after[1:]}}}"
    return {"R": r"(?:\r\n|\n|\r)", "Z": r"\n?\z", "e": r"\x1b"}.get(letter, f"\\{letter}")
