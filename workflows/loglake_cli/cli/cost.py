"""``loglake cost``: what a deployment costs, or would cost."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Optional

import typer
from botocore.exceptions import BotoCoreError, ClientError

from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.system_clock import SystemClock
from loglake.core.state_items import check_ledger
from loglake.errors import AccessDeniedError, ConfigError, NotFoundError
from loglake_cli.cli.shared import account, output
from loglake_cli.cli.shared.options import Json
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.cost import actual_text, text
from loglake_cli.operations.cost.actual import Usage, used
from loglake_cli.operations.cost.estimate import estimate
from loglake_cli.operations.cost.settings import read_workload
from loglake_cli.operations.cost.workload import Workload
from loglake_cli.operations.tables.terminal_tables import print_table


def cost(
    *,
    prefix: account.Deployed = "loglake",
    days: Annotated[int, typer.Option(help="What was used in so many days.", metavar="N", min=1, max=400)] = 30,
    estimate_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--estimate",
            help="Estimate a month of what a settings file describes, and ask AWS nothing.",
            metavar="FILE",
        ),
    ] = None,
    profile: account.Profile = None,
    region: account.Region = None,
    as_json: Json = False,
) -> None:
    """Show what a deployment used and what that costs, or estimate a month.

    It reads Glue's job runs and crawls, the ledger, Athena, and metrics. If it may not read something, it names the
    permission. Prices are those of us-east-1.

    Exit status: 0 it is shown, 1 AWS can't be reached, 2 bad usage.
    """
    if estimate_file:
        _show_estimate(read_workload(estimate_file), as_json)
    else:
        _show_usage(_used(prefix, days, profile, region), as_json)


def _used(prefix: str, days: int, profile: str | None, region: str | None) -> Usage:
    client = account.clients_of(profile, region)
    try:
        client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise ConfigError(
            f"AWS can't be asked ({error}): set credentials and a Region, such as AWS_PROFILE."
        ) from error
    ledger = DynamoLedger(client("dynamodb"), f"{prefix}-ledger")
    try:
        with suppress(AccessDeniedError):  # it is reported with the rest that can't be read
            check_ledger(ledger)
    except NotFoundError as error:
        raise ConfigError(
            f"there is no loglake with the prefix {prefix} in this account and Region: check --prefix, and AWS_PROFILE "
            f"and AWS_REGION; it would have the DynamoDB table {error.resource}"
        ) from error
    with Progress(output.console(stderr=True)) as progress:
        return used(client, prefix, days=days, now_ms=SystemClock().now_ms(), rows=ledger.all_rows, say=progress.begin)


def _show_estimate(workload: Workload, as_json: bool) -> None:
    if as_json:
        print(json.dumps(text.document(workload), indent=2))
        return
    print_table(text.COLUMNS, text.rows(estimate(workload)), output.console(), right={"USD a month"}, spare=("how",))
    _print_notes(text.notes(workload))


def _show_usage(found: Usage, as_json: bool) -> None:
    if as_json:
        print(json.dumps(actual_text.document(found), indent=2))
        return
    out = output.console()
    print_table(actual_text.PART_COLUMNS, actual_text.part_rows(found), out, right={"USD"}, spare=("how",))
    out.print()
    numbers = set(actual_text.WORKFLOW_COLUMNS[1:])
    print_table(actual_text.WORKFLOW_COLUMNS, actual_text.workflow_rows(found), out, right=numbers)
    if found.groups:
        out.print()
        numbers, spare = set(actual_text.GROUP_COLUMNS[1:]), ("rows", "windows")
        print_table(actual_text.GROUP_COLUMNS, actual_text.group_rows(found), out, right=numbers, spare=spare)
    _print_notes(actual_text.notes(found))


def _print_notes(notes: list[str]) -> None:
    out = output.console()
    out.print()
    for note in notes:
        out.print(note, soft_wrap=True)
