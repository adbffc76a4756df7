"""``loglake destroy``: removes a deployment from an account; its data stays by default."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from loglake.aws.system_clock import SystemClock
from loglake.errors import ConfigError
from loglake_cli.cli.deploying.shared import UNDECIDED, going_on, long_work
from loglake_cli.cli.shared import output as terminal
from loglake_cli.cli.shared.account import clients_of
from loglake_cli.cli.shared.lakes import DeployedLake, lake_of
from loglake_cli.cli.shared.options import NOTHING_CHANGED, DryRun, Json, answer
from loglake_cli.deploy.calls import check_place
from loglake_cli.operations.deploying.destroy import Removal, prepare
from loglake_cli.operations.deploying.plan import heading
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import counted


def destroy(
    *,
    lake: DeployedLake = None,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete the buckets with all objects, and the ledger, too.")
    ] = False,
    confirm: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The prefix once more, instead of typing it when asked.", metavar="PREFIX"),
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Remove loglake from an AWS account: the stacks go; buckets and ledger stay, unless --delete-data is given.

    It turns the schedule off, deletes the subscription filters that loglake made, waits for running jobs, two hours at
    most, and deletes the stacks. If it is interrupted,
    the same command continues.

    Exit status: 0 it is gone, or was not there; 1 a stack can't be deleted, or AWS refused it; 2 bad usage; 3 the
    prefix was not confirmed.
    """
    with going_on("Run the same command again: it goes on from there."):
        if as_json and not (confirm or dry_run):
            raise ConfigError("--json can't ask: add --confirm PREFIX or --dry-run.")
        asked = lake_of(lake, "destroy")
        work = long_work()
        with work:
            destroying = prepare(asked.place, clients_of(asked.region), SystemClock(), work.say)
            check_place(destroying.place, asked.account, asked.region)
            removal = destroying.look(count=delete_data)
        document = {**removal.to_json(), "delete_data": delete_data}
        nothing = (
            not removal.stacks and not removal.filters and not (delete_data and (removal.buckets or removal.tables))
        )
        if not as_json:
            _show(removal, delete_data)
        if dry_run or nothing:
            _end(document, "dry run" if dry_run else "nothing to do", as_json=as_json)
            return
        if not _confirmed(asked.place, confirm):
            print(NOTHING_CHANGED.replace("Dry run: n", "N"))
            raise typer.Exit(UNDECIDED)
        with work:
            destroying.destroy(removal, delete_data=delete_data)
        _end(document, "destroyed", as_json=as_json)


def _show(removal: Removal, delete_data: bool) -> None:
    out = terminal.console()
    out.print(heading(removal.place, removal.prefix), soft_wrap=True)
    if removal.stacks:
        print_table(("stack", "status"), [[each.name, each.status] for each in removal.stacks], out, whole=("stack",))
        out.print(
            "With the stacks go the jobs, roles, rules, alarms and the tables in the catalog. A crawl finds the tables "
            "again if it is deployed again.",
            soft_wrap=True,
        )
    else:
        out.print("No stack of it is there.")
    if removal.filters:
        out.print(f"The subscription filters that loglake made go: those of {counted(removal.filters, 'log group')}.")
    verb = "deleted" if delete_data else "kept"
    for bucket in removal.buckets:
        held = "" if bucket.objects is None else f": {counted(bucket.objects, 'object')}, {bucket.bytes:,} bytes"
        out.print(f"The bucket {bucket.name} is {verb}{held}", soft_wrap=True)
    for table in removal.tables:
        held = f"about {counted(table.items, 'item')}, {table.bytes:,} bytes"
        out.print(f"The ledger {table.name} is {verb}: {held}", soft_wrap=True)
    if (removal.buckets or removal.tables) and not delete_data:
        out.print("Add --delete-data to delete these, too. `loglake deploy` takes them in again.")
    for each in removal.running:
        out.print(f"Now {each}.", soft_wrap=True)
    out.print(
        "The logs of convert-logs go with their stack. Those of export-logs and of the crawler stay: all Glue jobs of "
        "the account share /aws-glue/python-jobs and /aws-glue/crawlers.",
        soft_wrap=True,
    )


def _confirmed(prefix: str, confirm: str | None) -> bool:
    """Whether the person typed the prefix.

    Raises:
        ConfigError: another one was named.
    """
    if confirm is not None:
        if confirm != prefix:
            raise ConfigError(f"--confirm is {confirm}, and the deployment is {prefix}: nothing was changed.")
        return True
    try:
        return bool(typer.prompt(f"Type {prefix} to destroy it", default="", show_default=False) == prefix)
    except typer.Abort:
        print()
        return False


def _end(document: dict[str, object], status: str, *, as_json: bool) -> None:
    gone = "It is gone." if document["delete_data"] else "The stacks are gone; the data is still there."
    texts = {"destroyed": gone, "dry run": NOTHING_CHANGED, "nothing to do": "There is nothing to do."}
    answer({**document, "status": status}, texts[status], as_json=as_json)
