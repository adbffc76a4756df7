"""``loglake cost``: what a deployment would cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from loglake_cli.cli.deploying.shared import settings_of
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.options import Json, print_json
from loglake_cli.operations.cost.estimate import COLUMNS, document, estimate, notes, rows
from loglake_cli.operations.cost.settings import deployed_workload
from loglake_cli.operations.cost.workload import Workload
from loglake_cli.operations.tables.terminal_tables import print_table


def cost(
    *,
    settings: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="The settings file of the environment; by default loglake.yaml, if that is here (`loglake init`).",
            metavar="FILE",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Estimate a month of a deployment.

    Volume, stacks and parameters are those of the settings file, and AWS is asked nothing. Prices are those of
    us-east-1.

    Exit status: 0 it is shown, 2 bad usage.
    """
    given, file = settings_of(settings)
    workload = deployed_workload(given.volume, given.stacks, given.parameters or {}) if file else Workload()
    if as_json:
        print_json(document(workload))
        return
    out = output.console()
    print_table(COLUMNS, rows(estimate(workload)), out, right={"USD a month"}, spare=("how",))
    out.print()
    for note in notes(workload):
        out.print(note, soft_wrap=True)
