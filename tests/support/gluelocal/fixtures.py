"""Fixtures that the tests of the local runtime and of the commands share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from gluelocal.clock import SystemClock
from gluelocal.cloud.embedded_aws import EmbeddedAws
from support.gluelocal.crawled import Lake


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """An empty embedded AWS."""
    with EmbeddedAws(SystemClock()) as embedded:
        yield embedded


@pytest.fixture
def s3(aws: EmbeddedAws) -> Any:
    """An S3 client of it."""
    return aws.client("s3")


@pytest.fixture
def glue(aws: EmbeddedAws) -> Any:
    """A Glue client of it."""
    return aws.client("glue")


@pytest.fixture
def lake(s3: Any, glue: Any) -> Lake:
    """An empty lake bucket in it."""
    return Lake(s3, glue)


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Glue client of a Data Catalog in this process with an empty database ``lake``."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("glue", region_name="eu-central-1")
        client.create_database(DatabaseInput={"Name": "lake"})
        yield client
