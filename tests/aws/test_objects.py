"""Rare responses of S3 that the embedded AWS never gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from loglake.aws.objects import S3ObjectStore
from loglake.errors import AccessDeniedError, ServiceError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.unit


@pytest.fixture
def client() -> S3Client:
    return boto3.client("s3", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def s3(client: S3Client) -> Iterator[Stubber]:
    """An S3 with prepared answers, in that order."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def store(client: S3Client) -> S3ObjectStore:
    return S3ObjectStore(client, "lake")


def test_an_object_that_may_not_be_deleted_is_reported_though_the_call_succeeds(
    s3: Stubber, store: S3ObjectStore
) -> None:
    denied = {"Key": "tables/b", "Code": "AccessDenied", "Message": "Access Denied"}
    s3.add_response("delete_objects", {"Errors": [denied]})
    with pytest.raises(AccessDeniedError, match=r"s3://lake/tables/b: Access Denied.*infra/access\.yaml") as caught:
        store.delete(["tables/a", "tables/b"])
    assert caught.value.action == "s3:DeleteObject"


def test_an_object_that_s3_failed_to_delete_may_be_tried_again(s3: Stubber, store: S3ObjectStore) -> None:
    failed = {"Key": "tables/b", "Code": "InternalError", "Message": "We encountered an internal error."}
    s3.add_response("delete_objects", {"Errors": [failed]})
    with pytest.raises(ServiceError, match=r"s3://lake/tables/b: We encountered an internal error"):
        store.delete(["tables/a", "tables/b"])


def test_a_copy_that_somebody_else_made_meanwhile_is_left_as_it_is(s3: Stubber, store: S3ObjectStore) -> None:
    condition = {
        "Bucket": "lake",
        "Key": "tables/a",
        "IfNoneMatch": "*",
        "CopySource": {"Bucket": "lake", "Key": "s/a"},
    }
    s3.add_client_error("copy_object", "PreconditionFailed", http_status_code=412, expected_params=condition)
    store.copy("s/a", "tables/a")
