"""Shared by the commands on an account: options, clients, and progress lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from loglake.config import endpoint_url
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.deploy.calls import DecisionError
from loglake_cli.deploy.packaged_files import NO_EXTRA_WHEELS, ExtraWheels, downloaded_wheels
from loglake_cli.deploy.settings.settings import DEFAULT_PREFIX, SETTINGS_FILE, Settings, read_settings
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.cost.settings import deployed_workload
from loglake_cli.operations.deploying.blueprints import OPTIONAL, parameters_of_all

UNDECIDED = 3
"""Exit status if a person has to decide something first."""

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def settings_of(path: Path | None, prefix: str | None = None) -> tuple[Settings, Path | None]:
    """The settings, and their file.

    Raises:
        ConfigError: the file is wrong, or is of another prefix.
    """
    used = path or (SETTINGS_FILE if SETTINGS_FILE.is_file() else None)
    if used is None:
        return Settings(prefix or DEFAULT_PREFIX), None
    settings = read_settings(used, parameters_of_all(), OPTIONAL)
    try:
        deployed_workload(settings.volume, settings.stacks, settings.parameters or {})
    except BAD_INPUT as error:
        raise ConfigError(f"the settings file {used} can't be used: {error}") from error
    if prefix and prefix != settings.prefix:
        raise ConfigError(f"--prefix is {prefix}, and {used} is for {settings.prefix}: leave one of them out")
    return settings, used


def extra_wheels() -> ExtraWheels:
    """The wheels that Glue lacks; none for an embedded AWS, since its jobs use the installed packages."""
    host = urlsplit(endpoint_url() or "").hostname
    return NO_EXTRA_WHEELS if host in {"127.0.0.1", "localhost", "::1"} else downloaded_wheels()


def long_work() -> Progress:
    """What a command does and waits for, on stderr, whenever it is entered: a block asks and prints nothing."""
    return Progress(output.console(stderr=True), lasting=True)


@contextmanager
def going_on(again: str) -> Iterator[None]:
    """Ends with exit status 3 if a person has to decide, and says how to go on after an interruption.

    Args:
        again: a sentence that says what the same command does if it is run again.
    """
    try:
        yield
    except DecisionError as error:
        print(f"loglake: {error}", file=sys.stderr)
        raise typer.Exit(UNDECIDED) from error
    except KeyboardInterrupt as error:
        print(f"loglake: stopped; CloudFormation ends what it has begun. {again}", file=sys.stderr)
        raise typer.Exit(130) from error
