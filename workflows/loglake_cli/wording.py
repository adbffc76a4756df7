"""Words that every part of the command line prints."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from loglake.core.near_names import meant
from loglake.errors import ConfigError

_SHOWN_NAMES = 12


def counted(number: int, what: str, many: str = "") -> str:
    """``1 window``, ``1,000 windows``; `many` where an s does not make it."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def no_table(table: str, tables: Iterable[str]) -> ConfigError:
    """The error for a table that is not there, with the nearest names, or some."""
    names = sorted({*tables} - {""})
    more = ", ..." if len(names) > _SHOWN_NAMES else ""
    some = f"take one of {', '.join(names[:_SHOWN_NAMES])}{more}." if names else "nothing became rows yet."
    return ConfigError(f"there is no table {table}: {meant(table, names) or some}")


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
