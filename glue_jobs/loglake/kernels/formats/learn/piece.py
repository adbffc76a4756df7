"""A piece of a header, and how far a line has been read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

_NAMES = {
    "square": ("thread", "context", "context_2", "context_3"),
    "round": ("context", "context_2", "context_3"),
    "keyed": ("context", "context_2", "context_3"),
    "curly": ("context", "context_2", "context_3"),
    "number": ("pid", "tid", "number"),
    "id": ("request_id", "trace_id", "span_id"),
    "angle": ("context", "context_2", "context_3"),
}


_AFTER = 80


@lru_cache(maxsize=256)
def _parts(text: str) -> tuple[tuple[str, str, str], ...]:
    """The parts of a text of a layout, and of each that is a field, its name and kind."""
    parts = re.split(r"(\{\w+(?::\w+)?\})", text)
    fields = (part.strip("{}").rpartition(":") if part.startswith("{") else ("", "", "") for part in parts)
    return tuple((part, name, kind) for part, (name, _, kind) in zip(parts, fields))


class Piece(NamedTuple):
    """A part of a layout.

    Attributes:
        separator: what stands before it, as in the layout.
        text: as in the layout; empty if the message follows.
        is_weak: it may as well be part of the message.
        value: what it is in this line, if it is weak.
        is_known: it is the whole layout, of a well-known logger.
        after: how what follows it starts, if it is weak.
    """

    separator: str
    text: str
    is_weak: bool = False
    value: str = ""
    is_known: bool = False
    after: str = ""


@dataclass
class State:
    """How far a line has been read, and what its header has so far."""

    line: str
    at: int = 0
    names: set[str] = field(default_factory=set)
    has_time: bool = False
    has_date: bool = False
    has_level: bool = False
    closed: bool = False  # a colon or a dash ended the header
    depth: int = 0
    end: str = "]"  # of the bracket that is open

    def match(self, pattern: str) -> re.Match[str] | None:
        """What a pattern finds at this place."""
        return compiled(pattern).match(self.line, self.at)

    def free(self, kind: str) -> str:
        """The first name for a field of a kind that the header does not have yet; empty if it has all."""
        names = _NAMES[kind]
        if kind == "square" and "logger" in self.names:
            names = names[1:]
        return next((name for name in names if name not in self.names), "")

    def named(self, name: str, kind: str) -> str:
        """A field as in a layout; the header has its name from now on."""
        self.names.add(name)
        return f"{{{name}:{kind}}}"

    def filled(self, text: str) -> str:
        """A text of a layout with names for its fields without one; empty if a name is not free."""
        made = ""
        for part, given, kind in _parts(text):
            self.has_level = self.has_level or given == "level"
            name = given or (self.free(kind) if kind else "")
            if kind and (not name or name in self.names):
                return ""
            made += self.named(name, kind) if kind else part
        return made

    def take(self, found: re.Match[str], text: str, *, is_weak: bool = False) -> Piece:
        """The piece that a match is, which is then behind this place."""
        self.at = found.end()
        if not is_weak:
            return Piece("", text)
        after = self.line[self.at : self.at + _AFTER]
        return Piece("", text, is_weak=True, value=found[0], after=after)


@lru_cache(maxsize=2048)  # few processes learn a header, and to compile all patterns takes a tenth of their start
def compiled(pattern: str) -> re.Pattern[str]:
    """As all patterns of headers are."""
    return re.compile(pattern, re.ASCII)
