r"""Text as a parser will read it: with the escapes of JSON, URLs, XML and terminals decoded, and where it came from.

A value may hide in its text: ``joe\u0040example.com`` in JSON, ``joe%40example.com`` in a URL, ``joe&#64;example.com``
in XML, or with colours between its letters. A parser decodes it later, so it is looked for in the decoded text as well.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

TOKEN = (
    r"\\u[0-9a-fA-F]{4}|\\x[0-7][0-9a-fA-F]|\\[nrtbf\"'/=|\\]|%[0-7][0-9a-fA-F]"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);|\x1b\[[0-9;]*[A-Za-z]"
)
"""RE2, and an expression of Python's, of one escape."""

JSON_TOKEN = r"\\u[0-9a-fA-F]{4}|\\[nrtbf\"/\\]"
"""One escape of JSON."""

LEVELS = 4
"""So deep are escapes in escapes decoded: an object in a text of an object, which is a text of another one."""

_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class _Tokens(NamedTuple):
    """The escapes of a text: where each starts and ends, and where what follows it begins in the decoded text."""

    starts: list[int]
    ends: list[int]
    after: list[int]


class View:
    """A text, and the text that it was decoded from; None if it is the event itself. `token` is one of its escapes."""

    def __init__(self, text: str, parent: View | None = None, token: str = TOKEN) -> None:
        self.text = text
        self._parent = parent
        self._token = re.compile(token)

    def decoded(self) -> View | None:
        """The text with its escapes decoded once; None if it has none."""
        text = self._token.sub(_decoded, self.text)
        return View(text, self, self._token.pattern) if text != self.text else None

    def in_event(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of this text is in the event. A stretch never has a part of an escape."""
        starts, ends, _ = self._tokens
        before_start, before_end = bisect_left(starts, start) - 1, bisect_left(starts, end) - 1
        if before_start >= 0:
            start = max(start, ends[before_start])
        if before_end >= 0:
            end = max(end, ends[before_end])
        if self._parent is None or start >= end:
            return start, end
        return self._parent.in_event(self._parent._outside(start)[0], self._parent._outside(end - 1)[1])

    @cached_property
    def _tokens(self) -> _Tokens:
        starts, ends, after = list[int](), list[int](), list[int]()
        saved = 0
        for token in self._token.finditer(self.text):
            starts.append(token.start())
            ends.append(token.end())
            saved += token.end() - token.start() - len(_decoded(token))
            after.append(token.end() - saved)
        return _Tokens(starts, ends, after)

    def _outside(self, at: int) -> tuple[int, int]:
        """Where a character of the decoded text is in this text: from where to where."""
        starts, ends, after = self._tokens
        number = bisect_right(after, at)
        start = ends[number - 1] + at - after[number - 1] if number else at
        is_escape = number < len(starts) and starts[number] == start
        return start, ends[number] if is_escape else start + 1


def views(text: str, token: str = TOKEN) -> Iterator[View]:
    """An event, then what it is with its escapes decoded once, twice and so on: `LEVELS` texts at most."""
    view: View | None = View(text, token=token)
    for _ in range(LEVELS):
        if view is None:
            return
        yield view
        view = view.decoded()


def _decoded(token: re.Match[str]) -> str:
    """The character of an escape; the colours of a terminal are none. Halves of surrogate pairs stay."""
    text = token[0]
    if text[0] == "\x1b":
        return ""
    if text[0] == "&":
        return html.unescape(text)
    if text[0] == "%":
        return chr(int(text[1:], 16))
    if text[1] in "ux":
        code = int(text[2:], 16)
        return text if 0xD800 <= code < 0xE000 else chr(code)
    return _LETTERS.get(text[1], text[1])
