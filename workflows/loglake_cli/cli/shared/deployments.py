"""The deployment or local run that a command's `--lake` names."""

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
from loglake_cli.operations.evidence import Evidence, kept_evidence
from loglake_cli.operations.lakes.lake import Kind, Lake


def deployed(lake: Lake) -> Deployment:
    """The deployment on AWS that a lake is.

    Raises:
        ConfigError: it is not there or in another account than loglake.yaml says, or AWS can't be asked.
        OtherVersionLedgerError: another version of loglake wrote its ledger.
    """
    deployment = on_aws(lake.place, database_name(lake.place))
    account = deployment.lake.bucket.removeprefix(f"{lake.place}-lake-")[:12]
    if lake.account not in {"", account}:
        raise ConfigError(
            f"loglake.yaml has {lake.place} in account {lake.account}, and the credentials are of {account}: set "
            "AWS_PROFILE."
        )
    try:
        check_ledger(deployment.ledger)
    except NotFoundError as error:
        raise ConfigError(
            f"there is no loglake with the prefix {lake.place} in this account and Region: check --lake, and "
            f"AWS_PROFILE and AWS_REGION; it would have the DynamoDB table {error.resource}"
        ) from error
    return deployment


@contextmanager
def opened(lake: Lake, datasets: Path | None = None) -> Iterator[Deployment]:
    """The deployment on AWS, or the local run put back, that a lake is.

    Raises:
        ConfigError: it is not there, or can't be asked.
    """
    if lake.kind is Kind.DEPLOYED:
        yield deployed(lake)
        return
    from loglake_cli.operations.kept_deployment import on_this_machine

    with on_this_machine(lake.folder, absolute(datasets), partial(Progress, console(stderr=True))) as deployment:
        yield deployment


def evidence_of(lake: Lake) -> Evidence:
    """The ledger, buckets and catalog of a deployment or local run, for reading.

    Raises:
        ConfigError: it is not there, or can't be asked.
    """
    return kept_evidence(lake.folder) if lake.kind is Kind.RUN else deployed(lake)
