"""Every expected end of a command as a sentence on stderr and an exit status, never a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from glue_jobs.errors import ConfigError, LoglakeError


@contextmanager
def told() -> Iterator[None]:
    """Exit status 2 for bad usage or bad input, 1 for work that failed, 130 where it was stopped."""
    try:
        yield
    except ConfigError as error:
        print(f"loglake: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
    except (LoglakeError, TimeoutError) as error:
        print(f"loglake: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:  # what was started is ended by then: it is all in context managers
        print("loglake: stopped; nothing is left running", file=sys.stderr)
        raise typer.Exit(130) from error
