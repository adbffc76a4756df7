"""Words that every part of the command line prints."""

from __future__ import annotations

import shlex
from collections.abc import Sequence


def counted(number: int, what: str, many: str = "") -> str:
    """``1 window``, ``1,000 windows``; `many` where an s does not make it."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def command(verb: str, *options: str, names: Sequence[str] = ()) -> str:
    """A command that can be pasted into a shell.

    Args:
        verb: ``rerun``, or ``schema set``.
        options: as they are typed; empty ones are left out.
        names: arguments, which are quoted where they need it. Log groups may begin with a dash.
    """
    quoted = [shlex.quote(name) for name in names]
    given = [option for option in options if option]
    if any(name.startswith("-") for name in names):
        return " ".join(["loglake", verb, *given, "--", *quoted])
    return " ".join(["loglake", verb, *quoted, *given])
