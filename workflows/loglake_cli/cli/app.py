"""The command ``loglake``."""

from __future__ import annotations

import signal
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer

from loglake_cli.cli.accept import accept
from loglake_cli.cli.connect import connect
from loglake_cli.cli.convert import convert
from loglake_cli.cli.cost import cost
from loglake_cli.cli.deploying.deploy import deploy
from loglake_cli.cli.deploying.destroy import destroy
from loglake_cli.cli.deploying.init import init
from loglake_cli.cli.doctor import doctor
from loglake_cli.cli.export import export
from loglake_cli.cli.ignore import ignore
from loglake_cli.cli.local import local
from loglake_cli.cli.package import package
from loglake_cli.cli.pause import pause, resume
from loglake_cli.cli.quarantine import quarantine
from loglake_cli.cli.query import query
from loglake_cli.cli.rerun import rerun
from loglake_cli.cli.schema import schema
from loglake_cli.cli.shared.verbs import Verb, Verbs
from loglake_cli.cli.status import status
from loglake_cli.cli.verify import verify

if TYPE_CHECKING:
    from types import FrameType

app = typer.Typer(cls=Verbs, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
_READING = (convert, query, connect, status, doctor, verify, cost)
_CHANGING = (export, rerun, accept, ignore, pause, resume)
for command in (*_READING, *_CHANGING, init, deploy, destroy, package):
    app.command(cls=Verb)(command)
app.add_typer(schema, name="schema")
app.add_typer(quarantine, name="quarantine")
app.add_typer(local, name="local")


def _print_version(asked: bool) -> None:
    if asked:
        print(f"loglake {version('loglake')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Turn CloudWatch log groups into tables that you can query."""


def _interrupted(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> None:
    """Runs the command. SIGTERM ends it as Ctrl-C does, so that whatever was started is ended too."""
    signal.signal(signal.SIGTERM, _interrupted)
    app()
