"""What commands on a deployment share: their options, and the deployment that these name."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from loglake.core.ledger.row import CLOSED
from loglake.errors import ConfigError, NotFoundError
from loglake_cli.operations.deployment import Deployment, on_aws, on_this_machine
from loglake_cli.operations.table_schemas import kept_rows

if TYPE_CHECKING:
    from loglake.core.ledger.row import LedgerRow

KEEP = Path(".loglake/local")
DATABASE = "loglake"

Keep = Annotated[Path, typer.Option(help="The folder of a local run.", metavar="DIR")]
Aws = Annotated[
    Optional[str],
    typer.Option(
        help="Work on the deployment of this prefix, and not on a kept local run; of `loglake local up` it is loglake.",
        metavar="PREFIX",
    ),
]
Database = Annotated[str, typer.Option(help="The Glue database of the deployment on AWS.", metavar="NAME")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def same_deployment(keep: Path, aws: str | None) -> str:
    """The options with which another command means the same deployment."""
    if aws:
        return f"--aws {shlex.quote(aws)}"
    return "" if keep == KEEP else f"--keep {shlex.quote(str(keep))}"


def deployed(prefix: str, database: str = DATABASE) -> Deployment:
    """The deployment of a prefix on AWS, which is there.

    Raises:
        ConfigError: it is not, or AWS can't be asked.
    """
    deployment = on_aws(prefix, database)
    try:
        deployment.ledger.paused()  # whatever it answers
    except NotFoundError as error:
        raise ConfigError(
            f"there is no loglake with the prefix {prefix} in this account and Region: check --aws, and AWS_PROFILE "
            f"and AWS_REGION; it would have the DynamoDB table {error.resource}"
        ) from error
    return deployment


@contextmanager
def opened(keep: Path, aws: str | None, database: str, datasets: Path | None) -> Iterator[Deployment]:
    """The deployment on AWS of a prefix, else the local run that is kept in a folder.

    Raises:
        ConfigError: it is not there, or can't be asked.
    """
    if aws:
        yield deployed(aws, database)
        return
    with on_this_machine(keep, datasets, lambda text: print(text, file=sys.stderr)) as deployment:
        yield deployment


def unfinished(reopened: Sequence[LedgerRow], keep: Path, aws: str | None) -> list[str]:
    """The windows that were to be converted again, and were not; on AWS that is still to come."""
    if aws:
        return []
    now = {(row.log_group, row.window): row for row in kept_rows(keep)}
    ends = ((row.generation, now[row.log_group, row.window]) for row in reopened)
    # A failed export that was set aside is told again once what is in the table is converted again.
    left = (row for generation, row in ends if row.state not in CLOSED and row.standing < generation)
    return [f"{row.log_group} {row.window} is {row.state.value}: {row.reason}" for row in left]
