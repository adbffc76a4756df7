"""Patterns of Ruby (Grok) and PCRE (lnav) as RE2 reads them.

Named groups, atomic groups, possessive quantifiers and some escapes are rewritten; groups without a name lose their
number, since Arrow takes named ones only. RE2 matches without going back, so an atomic group is a plain one there. What
RE2 can't do is refused with the part of the pattern, and what to write instead.

As in Ruby and lnav, ``$`` is the end of a line, and ``^`` is the start of the event.
"""

from __future__ import annotations

import re
from enum import Enum

from loglake.errors import ConfigError

MAX_CHARACTERS = 50_000
"""Of a pattern with all that it names: more is a mistake, and would be slow."""


class Dialect(Enum):
    """Who else reads such patterns."""

    RUBY = "ruby"
    PCRE = "pcre"


_ESCAPE = r"\\u[0-9a-fA-F]{4}|\\(?s:.)?"
_IN_CLASS = re.compile(rf"\[:\^?\w+:\]|{_ESCAPE}|(?s:.)")
_TOKEN = re.compile(
    rf"(?P<escape>{_ESCAPE})|(?P<reference>%\{{[^}}]*\}}?)"
    rf"|(?P<class>\[\^?\]?(?:\[:\^?\w+:\]|{_ESCAPE}|[^\]\\])*(?P<closed>\]?))"
    r"|\(\?(?:P?<(?P<name>[^>=!][^>]*)>|'(?P<quoted>[^']+)')|(?P<comment>\(\?#[^)]*\)?)|(?P<atomic>\(\?>)"
    r"|\(\?(?P<flags>[a-zA-Z]*(?:-[a-zA-Z]+)?)(?P<opens>[:)])|(?P<group>\()"
    r"|(?P<repeat>(?P<times>[*+?]|\{(?P<least>\d*)(?P<most>,?\d*)\})(?P<how>[?+]?))|(?P<end>\$)|(?s:.)"
)
_HEX, _BLANK = "0-9a-fA-F", r" \t"
_REFUSED = (
    (r"\(\?=|\(\?!", "look-ahead", "match the text itself, such as [^ ]+ for what ends before a space"),
    (r"\(\?<=|\(\?<!", "look-behind", "match the text before it, outside of the named group"),
    (r"\(\?\(", "conditions", "write both cases, with | between them"),
    (r"\(\?(?:R|\d|&|P>)", "recursion", "write out the levels that there are"),
    (r"\(\?\|", "branch reset", "give each group a name; one name may come twice"),
    (r"\(\*", "verbs", "leave it out"),
    (r"\\[1-9]|\\[kg][<{'\d]", "back-references", "match each place by itself, such as [\"'] for either quote"),
    (r"\\[GKX]", "this escape", "leave it out"),
    (
        r"\(\?[a-zA-Z]*x[a-zA-Z]*(?:-[a-zA-Z]+)?[:)]",
        *("free-spacing mode", "write the pattern without white space and comments"),
    ),
)


def to_re2(pattern: str, dialect: Dialect) -> str:
    """The pattern for RE2; ``%{NAME}`` stays as it is, and so does the text of a group's name.

    Raises:
        ConfigError: RE2 can't do what a part of the pattern does.
    """
    check_size(pattern, pattern)
    is_ruby = dialect is Dialect.RUBY

    def rewritten(token: re.Match[str]) -> str:
        for refused, name, advice in _REFUSED:
            if re.compile(refused).match(pattern, token.start()):
                raise _refusal(pattern, token.start(), name, advice)
        kind = token.lastgroup
        if kind == "escape":
            text = _escape(token[0], is_ruby)
        elif kind == "class":
            text = _class(pattern, token, is_ruby)
        elif kind in ("name", "quoted"):
            text = f"(?P<{token['name'] or token['quoted']}>"
        elif kind == "opens":
            text = f"(?{token['flags'].replace('m', 's') if is_ruby else token['flags']}{token['opens']}"
        elif kind == "repeat":
            times = token["times"] if token["least"] is None else f"{{{token['least'] or '0'}{token['most']}}}"
            text = times + token["how"].replace("+", "")  # which makes it possessive
        else:
            text = {"atomic": "(?:", "group": "(?:", "comment": "", "end": "(?m:$)"}.get(kind or "", token[0])
        return text

    return _TOKEN.sub(rewritten, pattern)


def _class(pattern: str, token: re.Match[str], is_ruby: bool) -> str:
    """A class of characters. A bracket in it is a character, but for ``[:alpha:]``."""
    if not token["closed"]:
        raise _refusal(pattern, token.start(), "class without an end", "add the missing ]")
    opener = "[^" if token[0].startswith("[^") else "["
    inside = token[0][len(opener) : -1]
    first = "\\]" if inside.startswith("]") else ""

    def rewritten(part: re.Match[str]) -> str:
        if part[0].startswith("\\"):
            return re.sub(r"^\[(.*)\]$", r"\1", _escape(part[0], is_ruby), flags=re.DOTALL)
        return f"\\{part[0]}" if part[0] in "[(" else part[0]

    return f"{opener}{first}{_IN_CLASS.sub(rewritten, inside[1 if first else 0 :])}]"


def _escape(text: str, is_ruby: bool) -> str:
    """A backslash and what follows it; a class in brackets if it is one."""
    if text == "\\h":
        return f"[{_HEX if is_ruby else _BLANK}]"
    if len(text) == 6:
        return f"\\x{{{text[2:]}}}"
    return {"\\R": r"(?:\r\n|\n|\r)", "\\Z": r"\n?\z", "\\e": r"\x1b"}.get(text, text)


def _refusal(pattern: str, at: int, name: str, advice: str) -> ConfigError:
    part = pattern[at : at + 40]
    if part.startswith("(") and ")" in part:
        part = part[: part.index(")") + 1]
    return ConfigError(
        f"{short(pattern)}: RE2, which reads the pattern, has no {name}, and there is {part!r} at character {at + 1}: "
        f"{advice}"
    )


def check_size(pattern: str, shown: str) -> None:
    """Raises ConfigError if a pattern is too long."""
    if len(pattern) > MAX_CHARACTERS:
        raise ConfigError(
            f"{short(shown)}: with all patterns that it names, this has more than {MAX_CHARACTERS:,} characters: "
            "name fewer patterns, or simpler ones"
        )


def short(text: str) -> str:
    """What an error shows of a pattern."""
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
