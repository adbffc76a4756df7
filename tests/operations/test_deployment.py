"""A deployment is found by its prefix in the account of the environment's credentials."""

from __future__ import annotations

import os

import boto3
import pytest
from typer.testing import CliRunner

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.system_clock import SystemClock
from loglake.core.ledger.row_json import FORMAT
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import paused
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError
from loglake_cli.cli.app import app
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.operations.deployment import on_aws
from loglake_cli.operations.jobs import JobSettings
from loglake_cli.operations.lakes.lake import deployment

pytestmark = pytest.mark.local


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without anything of AWS, and what changes it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials that an earlier test had
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    return monkeypatch


def enter(aws: EmbeddedAws, environment: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment().items():
        environment.setenv(name, value)


def test_without_credentials_it_is_said_what_to_set(nobody: pytest.MonkeyPatch) -> None:
    nobody.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(ConfigError, match=r"Unable to locate credentials\): set credentials and a Region"):
        on_aws("loglake", "loglake")


def test_a_prefix_under_which_nothing_is_deployed_is_reported(nobody: pytest.MonkeyPatch, aws: EmbeddedAws) -> None:
    enter(aws, nobody)
    with pytest.raises(ConfigError) as refused:
        deployed(deployment("other"))
    assert str(refused.value) == (
        "there is no loglake with the prefix other in this account and Region: check --lake, and AWS_PROFILE and "
        "AWS_REGION; it would have the DynamoDB table other-ledger"
    )
    done = CliRunner().invoke(app, ["schema", "show", "app_shop", "--lake", "aws:other"])
    assert done.exit_code == 2
    assert "there is no loglake with the prefix other" in done.stderr


def test_a_ledger_of_a_newer_version_is_refused_by_commands(nobody: pytest.MonkeyPatch, aws: EmbeddedAws) -> None:
    enter(aws, nobody)
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="newer-ledger", KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )
    item = {"pk": {"S": "ledger"}, "sk": {"S": "format"}, "format": {"N": str(FORMAT + 1)}}
    dynamodb.put_item(TableName="newer-ledger", Item=item)
    for command in (["status"], ["pause", "/app/shop"], ["export", "/app/shop", "--from=-2d", "--to=-1d"]):
        done = CliRunner().invoke(app, [*command, "--lake", "aws:newer"])
        assert done.exit_code != 0
        assert "a newer loglake wrote it, so deploy that one. Nothing was done." in done.stderr, command
    assert dynamodb.scan(TableName="newer-ledger")["Items"] == [item]


def test_a_deployment_has_the_stores_that_its_stacks_made(
    nobody: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = StackSettings(tmp_path_factory.mktemp("jobs"))
    with LocalStack(Datasets.for_groups([LogGroupName("/app/shop")]), settings, SystemClock()) as stack:
        enter(stack.aws, nobody)
        found = deployed(deployment("loglake"))
        stores = (found.control, found.raw, found.lake)
        assert [store.bucket for store in stores] == [
            stack.outputs[f"{name}Bucket"] for name in ("Control", "Raw", "Lake")
        ]
        assert paused(found.ledger) == {}
        settings_of_job = found.settings()
        assert settings_of_job == JobSettings(lag_ms=0, datasets_uri=settings_of_job.datasets_uri)  # of a local stack
        assert settings_of_job.datasets_uri.startswith(f"s3://{stack.outputs['ControlBucket']}/config/datasets-")
        assert found.glue.get_database(Name=found.database)["Database"]["Name"] == "loglake"
        assert found.tasks is not None
        assert found.tasks.active() is None

        found.wake()
        (key,) = found.woken
        assert [item.key for item in found.control.list("requests/")] == [key]
        assert key.startswith("requests/continue/")
