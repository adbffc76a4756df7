"""How many requests a second FilterLogEvents takes in a Region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from loglake.aws.event_reader import CloudWatchEventReader

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

pytestmark = pytest.mark.unit


def client(region: str) -> CloudWatchLogsClient:
    return boto3.client("logs", region_name=region, aws_access_key_id="key", aws_secret_access_key="secret")


@pytest.mark.parametrize(("region", "quota"), [("us-east-1", 25), ("eu-west-1", 10), ("eu-central-1", 5)])
def test_the_quota_is_that_of_the_region(region: str, quota: int) -> None:
    assert CloudWatchEventReader(client(region)).quota == quota


def test_an_unknown_region_has_the_lowest_quota() -> None:
    assert CloudWatchEventReader(client("xx-nowhere-1")).quota == 5
