"""AWS's managed policies can be attached to roles of the embedded AWS."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID

from gluelocal.cloud.missing_calls import know_managed_policy

pytestmark = pytest.mark.contract

GLUE_ROLE = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS account in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def test_one_that_aws_manages_can_be_attached() -> None:
    iam = boto3.client("iam")
    iam.create_role(RoleName="glue", AssumeRolePolicyDocument="{}")
    for _ in range(2):
        know_managed_policy(GLUE_ROLE)
    iam.attach_role_policy(RoleName="glue", PolicyArn=GLUE_ROLE)
    version = iam.get_policy(PolicyArn=GLUE_ROLE)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=GLUE_ROLE, VersionId=version)["PolicyVersion"]["Document"]
    assert "glue:*" in str(document)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AWSGlueServiceRole",  # it has a path
        "arn:aws:iam::aws:policy/NoSuchPolicy",
        f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:policy/mine",
    ],
)
def test_what_aws_does_not_manage_stays_unknown(arn: str) -> None:
    know_managed_policy(arn)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        boto3.client("iam").get_policy(PolicyArn=arn)
