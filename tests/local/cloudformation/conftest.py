"""What the tests of CloudFormation share: one account into which nothing is deployed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.local.deployers import Deployer

from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.stack import LocalStack, StackSettings


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    datasets = Datasets.for_groups([LogGroupName("/app/shop")])
    settings = StackSettings(tmp_path_factory.mktemp("logs"), empty=True)
    with LocalStack(datasets, settings, SystemClock()) as stack:
        yield stack


@pytest.fixture
def deployer(account: LocalStack) -> Deployer:
    account.aws.faults.clear()
    return Deployer(account.client("cloudformation"))
