"""``loglake doctor``: what is wrong with a deployment, and how to fix it."""

from __future__ import annotations

from typing import Annotated

import typer

from loglake.aws.system_clock import SystemClock
from loglake_cli.cli.shared import account, output
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.lakes import DeployedLake, lake_of
from loglake_cli.cli.shared.options import Json, answer
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.examination import examine
from loglake_cli.operations.doctor.finding import Result, document, lines
from loglake_cli.operations.doctor.smoke.run import smoke as take_smoke_test


def doctor(
    *,
    lake: DeployedLake = None,
    smoke: Annotated[
        bool,
        typer.Option(
            "--smoke",
            help="Land events of the log group /loglake/smoke, follow them to a query result, and prove an export.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a deployment on AWS, and say what is wrong, why it matters and how to fix it.

    It changes nothing. With --smoke it lands three events in the table loglake_smoke, which stays, and it may export an
    hour of a log group. If you may not read something, the check is "not proven" and names the missing action.

    Exit status: 0 nothing is wrong, 1 something is, 2 bad usage.
    """
    asked = lake_of(lake, "doctor")
    clients = account.clients_of(asked.region)
    with Progress(output.console(stderr=True)) as progress:
        examined = Account(asked.place, clients, SystemClock())
        findings = examine(examined, say=progress.begin)
        if smoke:
            findings += take_smoke_test(examined, deployed(asked), progress.say)
    answer(document(findings), "\n".join(lines(findings)), as_json=as_json)
    raise typer.Exit(1 if any(each.result is Result.PROBLEM for each in findings) else 0)
