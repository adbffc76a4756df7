"""Reports every expected error as a sentence on stderr and an exit status, never as a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import typer

from loglake.core.disk_space import is_full, no_space
from loglake.errors import ConfigError
from loglake_cli.errors import BAD_INPUT, EXTRAS, REFUSALS, in_words, not_installed

_OWN = {"athena_duckdb", "gluelocal", "loglake", "loglake_cli"}


@contextmanager
def errors_printed() -> Iterator[None]:
    """Exit status 2 for bad usage or bad input, 1 for failed work, 130 if it was stopped."""
    try:
        yield
    except BAD_INPUT as error:
        print(f"loglake: {in_words(error)}", file=sys.stderr)
        raise typer.Exit(2) from error
    except (*REFUSALS, TimeoutError) as error:
        print(f"loglake: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    except OSError as error:
        if not is_full(error):
            raise
        print(f"loglake: {_full_disk(error)}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:  # started processes are stopped by then: all are in context managers
        print("loglake: stopped; nothing is left running", file=sys.stderr)
        raise typer.Exit(130) from error


@contextmanager
def extras_named(command: str) -> Iterator[None]:
    """Says which extra a command needs, if it lacks a package of somebody else.

    Args:
        command: the first word after `loglake`.

    Raises:
        ConfigError: a package is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in _OWN:
            raise
        raise ConfigError(not_installed(package, EXTRAS.get(command, "spark"))) from error


def _full_disk(error: OSError) -> str:
    """Which disk is full, if the system says it."""
    if error.filename:
        return str(no_space(os.fsdecode(error.filename), error, ", and run again"))
    return f"{error.strerror}: `df -h` shows which disk is full; make room there, and run again."


def end_with(left: Sequence[str]) -> NoReturn:
    """Prints what is left to do, a line each, on stderr, and ends the command: with 1 if there is anything."""
    for line in left:
        print(line, file=sys.stderr)
    raise typer.Exit(1 if left else 0)


def warn(warnings: Iterable[str]) -> None:
    """Prints a warning on stderr."""
    for line in warnings:
        print(f"loglake: {line}", file=sys.stderr)
