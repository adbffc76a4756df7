"""The templates in the form that deploying needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.aws.checked_clients import ACCOUNT, REGION

from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.stacks import ALL_STACKS, StackTemplate
from loglake_cli.operations.deploying.blueprints import Blueprint, read_blueprints

pytestmark = pytest.mark.infra

PLACE = Place(ACCOUNT, REGION, "aws", "arn:aws:iam::123456789012:user/anna")
MOST_INLINE = 51_200
"""Bytes of a template that CloudFormation takes without a bucket."""


@pytest.fixture(scope="module")
def blueprints() -> dict[str, Blueprint]:
    return {each.name: each for each in read_blueprints(ALL_STACKS)}


def test_a_template_needs_no_bucket_to_be_deployed_from(blueprints: dict[str, Blueprint]) -> None:
    assert {
        name: len(each.text.encode()) for name, each in blueprints.items() if len(each.text.encode()) > MOST_INLINE
    } == {}


def test_a_template_that_is_too_long_loses_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text("# " + "long " * 11_000 + "\nResources:\n  A: {Type: AWS::S3::Bucket}\n")
    (blueprint,) = read_blueprints([StackTemplate("long", path)])
    assert json.loads(blueprint.text) == {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}


def test_roles_need_a_capability_and_nothing_else_does(blueprints: dict[str, Blueprint]) -> None:
    having = {name: each.capabilities for name, each in blueprints.items() if each.capabilities}
    assert having == {"access": ("CAPABILITY_NAMED_IAM",), "streaming": ("CAPABILITY_NAMED_IAM",)}


def test_a_role_with_a_name_needs_another_capability(tmp_path: Path) -> None:
    path = tmp_path / "named.yaml"
    path.write_text("Resources:\n  A:\n    Type: AWS::IAM::Role\n    Properties: {RoleName: a}\n")
    (blueprint,) = read_blueprints([StackTemplate("named", path)])
    assert blueprint.capabilities == ("CAPABILITY_NAMED_IAM",)


def test_buckets_with_their_policies_and_the_ledger_outlive_their_stacks_under_the_names_that_they_have(
    blueprints: dict[str, Blueprint],
) -> None:
    found = [
        name
        for each in blueprints.values()
        for item in each.kept({"Prefix": "trial"}, PLACE, f"trial-{each.name}")
        for name in item.identifier.values()
    ]
    end = f"{ACCOUNT}-{REGION}"
    buckets = [f"trial-{use}-{end}" for use in ("control", "raw", "lake")]
    assert found == [*buckets, *buckets, "trial-ledger", *[f"trial-results-{end}"] * 2]


def test_a_resource_whose_condition_does_not_hold_is_not_made(blueprints: dict[str, Blueprint]) -> None:
    log_lake = blueprints["log-lake"]
    plain = {change.logical_id for change in log_lake.additions({}, PLACE, "x")}
    crawling = {change.logical_id for change in log_lake.additions({"CrawlMode": "EveryRun"}, PLACE, "x")}
    assert crawling - plain == {"AfterConvert"}
