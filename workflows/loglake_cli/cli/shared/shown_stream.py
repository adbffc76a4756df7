"""The streams that a command prints to: whatever is printed, no text from outside controls the terminal.

`print`, typer and tracebacks write here as text. A console of rich writes its own colours past it, and shows its texts
the same way (`cli/shared/output.py`).
"""

from __future__ import annotations

import sys
from typing import Any, TextIO

from loglake_cli.wording import visible


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
