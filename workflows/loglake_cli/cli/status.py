"""``loglake status``: how far each log group is, and what to do next."""

from __future__ import annotations

import json

import typer

from loglake.aws.system_clock import SystemClock
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.options import KEEP, Aws, Json, Keep, same_deployment
from loglake_cli.operations.standing import status_text
from loglake_cli.operations.standing.snapshot import deployed_status, kept_status
from loglake_cli.operations.standing.status import Status
from loglake_cli.operations.standing.status_document import document
from loglake_cli.operations.standing.status_notes import notes
from loglake_cli.operations.tables.terminal_tables import print_table


def status(*, keep: Keep = KEEP, aws: Aws = None, as_json: Json = False) -> None:
    """Show how far each log group is, what failed and what to do.

    It also shows who has the account's export slot.

    Exit status: 0 nothing has failed, 1 something has, or files of a table are gone, 2 bad usage.
    """
    found = deployed_status(deployed(aws)) if aws else kept_status(keep, SystemClock().now_ms())
    options = same_deployment(keep, aws)
    if as_json:
        print(json.dumps(document(found, options), indent=2))
    else:
        _show(found, options)
    raise typer.Exit(1 if found.failed else 0)


def _show(found: Status, where: str) -> None:
    out = output.console()
    if found.groups:
        print_table(
            status_text.COLUMNS, status_text.lines(found), out, right=status_text.NUMBERS, spare=status_text.SPARE
        )
        out.print()
    out.print(status_text.summary(found), soft_wrap=True)
    output.print_sentences(status_text.problems(found, where), notes(found, where), out)
