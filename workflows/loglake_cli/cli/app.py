"""The command ``loglake``."""

from __future__ import annotations

import signal
import sys
import traceback
from types import FrameType
from typing import Annotated, Any

import typer

from gluelocal.shown_stream import show_all
from loglake_cli.cli.shared.verbs import Later, LaterCommands, Verbs, commands_of

_CLI = "loglake_cli.cli"
COMMANDS = {
    **commands_of(
        "Bring in",
        local=Later(f"{_CLI}.local", "The whole system on this machine, with no AWS account."),
        convert=Later(f"{_CLI}.convert", "Convert exports and log files that exist already, each of them once."),
        export=Later(f"{_CLI}.export", "Export and convert a time range of log groups."),
        pause=Later(f"{_CLI}.pause", "Pause a log group: no new export task is started for it, and it is not read."),
        resume=Later(f"{_CLI}.pause", "End a pause, and wake the workflow."),
    ),
    **commands_of(
        "Look",
        find=Later(f"{_CLI}.find", "Find an id or a text in all tables of a lake, the newest rows first."),
        query=Later(f"{_CLI}.tables.query", "Answer a query over the tables of a lake, in Athena's SQL."),
        status=Later(f"{_CLI}.status", "Show how far each log group is, what failed and what to do."),
        schema=Later(f"{_CLI}.tables.schema", "Show or change a table's columns and their types."),
        quarantine=Later(f"{_CLI}.quarantine", "Show what could not be decoded, why, and where it is."),
        formats=Later(f"{_CLI}.formats", "List log formats, describe one, or try one on a log file of yours."),
        connect=Later(f"{_CLI}.tables.connect", "Print a script that opens the tables in another reader."),
        mcp=Later(f"{_CLI}.mcp", "Serve a lake to assistants, over stdio (Model Context Protocol)."),
        notebook=Later(f"{_CLI}.notebook", "Start JupyterLab on the tables of a local run."),
    ),
    **commands_of(
        "Repair",
        verify=Later(
            f"{_CLI}.verify", "Compare the ledger and its decisions with the lake, the quarantine and the catalog."
        ),
        rerun=Later(f"{_CLI}.rerun", "Try windows again that failed, are damaged, or have quarantined input."),
        accept=Later(f"{_CLI}.accept", "Accept that a log group has fewer rows than before."),
        ignore=Later(f"{_CLI}.ignore", "Acknowledge failed windows, so `status` stops reporting them."),
    ),
    **commands_of(
        "Deploy",
        init=Later(
            f"{_CLI}.deploying.init",
            "Write loglake.yaml and datasets.yaml for the account's log groups, with a comment for each key.",
        ),
        deploy=Later(
            f"{_CLI}.deploying.deploy",
            "Deploy loglake into an AWS account, or change a deployment: shows the plan and its cost, and asks.",
        ),
        doctor=Later(
            f"{_CLI}.doctor", "Check a deployment on AWS, and say what is wrong, why it matters and how to fix it."
        ),
        cost=Later(f"{_CLI}.cost", "Estimate a month of a deployment."),
        destroy=Later(
            f"{_CLI}.deploying.destroy",
            "Remove loglake from an AWS account: the stacks go; buckets and ledger stay, unless --delete-data is "
            "given.",
        ),
    ),
}
"""What has each command, and the first sentence of its help; a test compares them."""


class Loglake(Verbs):
    """All commands. Only the one that is called is imported: help and a shell's completion need none."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.commands = LaterCommands(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As typer does, with the command itself."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.commands[name] if name else None, rest

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer's; ``--quiet`` and ``--verbose`` may stand after the command, too."""
        return super().parse_args(ctx, sorted(args, key=lambda word: word not in {"--quiet", "--verbose"}))

    def main(self, *args: Any, **settings: Any) -> Any:
        """As typer's; from then on, nothing that is printed controls the terminal."""
        show_all()
        return super().main(*args, **settings)


app = typer.Typer(cls=Loglake, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - a third of what `--help` takes

        print(f"loglake {version('loglake')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
    _quiet: Annotated[bool, typer.Option("--quiet", help="Print no progress.")] = False,
    _verbose: Annotated[bool, typer.Option("--verbose", help="Print the traceback of an error, too.")] = False,
) -> None:
    """Turn CloudWatch log groups into tables that you can query."""


def _interrupted(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> None:
    """Runs the command. SIGTERM ends it as Ctrl-C does, so that started processes are stopped too."""
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        app()
    except Exception:
        traceback.print_exc()  # Python itself would colour it, and a command's streams write out all control characters
        sys.exit(1)
