"""Words that every part of the command line prints."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What can control a terminal, or make a text look like another one: C0 and C1 (ECMA-48) but tab and line feed, the
characters of direction (UAX 9), Unicode's separators of lines, and half surrogate pairs, which can't be encoded."""


def visible(text: str) -> str:
    r"""A text with its control characters written out as in JSON, so JSON keeps its meaning: ``\u001b``."""
    return _CONTROLS.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    is_end_of_line = found[0] == "\r" and found.string[found.end() : found.end() + 1] == "\n"
    return "\r" if is_end_of_line else f"\\u{ord(found[0]):04x}"


def counted(number: int, what: str, many: str = "") -> str:
    """``1 window``, ``1,000 windows``; `many` where an s does not make it."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def program() -> str:
    """What starts the command of this environment in the current folder: ``loglake`` if the PATH leads to it."""
    own = Path(sys.executable).with_name("loglake")
    found = shutil.which("loglake")
    if not own.exists() or (found and Path(found).resolve() == own.resolve()):
        return "loglake"
    return shlex.quote(str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own))


def command(verb: str, *options: str, names: Sequence[str] = (), start: str = "loglake") -> str:
    """A command that can be pasted into a shell.

    Args:
        verb: ``rerun``, or ``schema set``.
        options: as they are typed; empty ones are left out.
        names: arguments, which are quoted where they need it. Log groups may begin with a dash.
        start: what `program` says, if a person is to paste it where they stand now.
    """
    quoted = [shlex.quote(name) for name in names]
    given = [option for option in options if option]
    if any(name.startswith("-") for name in names):
        return " ".join([start, verb, *given, "--", *quoted])
    return " ".join([start, verb, *quoted, *given])
