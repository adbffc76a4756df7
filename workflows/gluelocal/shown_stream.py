"""The streams that a command prints to: whatever is printed, no text from outside controls the terminal.

`print`, typer and tracebacks write here as text. A console of rich writes its own colours past it, and makes its texts
visible itself.
"""

from __future__ import annotations

import re
import sys
from typing import Any, TextIO

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What can control a terminal, or make a text look like another one: C0 and C1 (ECMA-48) but tab and line feed, the
characters of direction (UAX 9), Unicode's separators of lines, and half surrogate pairs, which can't be encoded."""


def visible(text: str) -> str:
    r"""A text with its control characters written out as in JSON, so JSON keeps its meaning: ``\u001b``."""
    return _CONTROLS.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    is_end_of_line = found[0] == "\r" and found.string[found.end() : found.end() + 1] == "\n"
    return "\r" if is_end_of_line else f"\\u{ord(found[0]):04x}"


class ShownStream:
    """A stream of text whose control characters are written out; all else is the stream's own."""

    def __init__(self, to: TextIO) -> None:
        self.rich_proxied_file = to  # rich writes here by this name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)

    def write(self, text: str) -> int:
        """Writes what `visible` makes of a text."""
        return self.rich_proxied_file.write(visible(text))

    def writelines(self, lines: Any) -> None:
        """As `write`."""
        self.write("".join(lines))


def show_all() -> None:
    """Has this process print to such streams, tracebacks included; it is not undone."""
    sys.stdout, sys.stderr = _shown(sys.stdout), _shown(sys.stderr)


def exact(to: TextIO) -> TextIO:
    """The stream without that, for CSV, which a program reads exactly; a terminal stays as it is."""
    return to if to.isatty() else getattr(to, "rich_proxied_file", to)


def _shown(to: TextIO) -> Any:
    return to if isinstance(to, ShownStream) else ShownStream(to)
