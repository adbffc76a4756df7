"""The deployment that a command's options name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from loglake.core.state_items import check_ledger
from loglake.errors import ConfigError, NotFoundError
from loglake_cli.cli.shared.options import absolute
from loglake_cli.cli.shared.output import console
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.deploy.stacks import database_name
from loglake_cli.operations.deployment import Deployment, on_aws


def deployed(prefix: str, database: str | None = None) -> Deployment:
    """The existing deployment of a prefix on AWS.

    Raises:
        ConfigError: it is not, or AWS can't be asked.
        NewerLedgerError: a newer version of loglake wrote its ledger.
    """
    deployment = on_aws(prefix, database or database_name(prefix))
    try:
        check_ledger(deployment.ledger)
    except NotFoundError as error:
        raise ConfigError(
            f"there is no loglake with the prefix {prefix} in this account and Region: check --aws, and AWS_PROFILE "
            f"and AWS_REGION; it would have the DynamoDB table {error.resource}"
        ) from error
    return deployment


@contextmanager
def opened(
    keep: Path, aws: str | None, database: str | None = None, datasets: Path | None = None
) -> Iterator[Deployment]:
    """The deployment of a prefix on AWS, else the local run in a folder.

    Raises:
        ConfigError: it is not there, or can't be asked.
    """
    if aws:
        yield deployed(aws, database)
        return
    from loglake_cli.operations.kept_deployment import on_this_machine

    with on_this_machine(keep, absolute(datasets), partial(Progress, console(stderr=True))) as deployment:
        yield deployment
