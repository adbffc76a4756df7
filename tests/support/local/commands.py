"""Commands of loglake as somebody types them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, chdir
from pathlib import Path
from unittest.mock import patch

import boto3
from typer.testing import CliRunner, Result

from loglake_cli.cli.app import app

LOGLAKE = [sys.executable, "-c", "from loglake_cli.cli.app import main; main()"]
"""The command in a process of its own, which first has to import all that it needs."""


def inside(*arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> Result:
    """The command in this process, which takes a second of processor time less.

    Args:
        arguments: of the command.
        cwd: where it is typed; None: where this process is.
        environment: the whole environment of the terminal; None: that of this process.
    """
    with ExitStack() as typed:
        if cwd is not None:
            typed.enter_context(chdir(cwd))
        if environment is not None:
            typed.enter_context(patch.dict(os.environ, environment, clear=True))
            typed.enter_context(patch.object(boto3, "DEFAULT_SESSION", None))  # it keeps its credentials
        done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [*LOGLAKE, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
