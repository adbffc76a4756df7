"""The stack streaming delivers events of the named log groups to landing/, and nothing of its own."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.deployments.templates import Stack, all_deployed_stacks

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.streaming.firehose import object_key
from gluelocal.cloud.streaming.subscriptions import excluded_groups
from gluelocal.iam.policies import Access, Role, read_policy
from loglake.core.keys import LANDING, landed_group
from loglake.core.landing.subscriptions import SubscriptionFilter
from loglake.core.units import EpochMs, from_ms
from loglake_cli.deploy.job_logs import JOB_LOG_GROUPS

pytestmark = pytest.mark.infra

STREAM = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/loglake-landing"


def streaming(**given: str) -> Stack:
    return all_deployed_stacks(**given)["streaming"]


def destination(**given: str) -> dict[str, Any]:
    (stream,) = streaming(**given).of_type("AWS::KinesisFirehose::DeliveryStream").values()
    found: dict[str, Any] = stream["ExtendedS3DestinationConfiguration"]
    return found


def test_log_groups_are_subscribed_by_the_look_and_by_no_stack() -> None:
    """The trigger gives the job the filter, which the command reads from the outputs."""
    stack = streaming(FilterPattern="-DEBUG [w]")
    assert stack.of_type("AWS::Logs::SubscriptionFilter") == stack.of_type("AWS::Logs::AccountPolicy") == {}
    (trigger,) = stack.of_type("AWS::Glue::Trigger").values()
    assert (trigger["Type"], trigger["StartOnCreation"]) == ("SCHEDULED", True)
    (action,) = trigger["Actions"]
    lake = all_deployed_stacks()["log_lake"].of_type("AWS::Glue::Job")
    assert action["JobName"] == lake["LookLanding"]["Name"]
    text = action["Arguments"]["--subscription"]
    wanted = SubscriptionFilter(**json.loads(text))
    role = "arn:aws:iam::a:role/SubscribeRole"
    stream = "arn:aws:kinesisfirehose:r:a:loglake-landing"
    assert wanted == SubscriptionFilter("loglake-landing", stream, role, "-DEBUG [w]")
    assert stack.outputs["Subscription"] == text


def test_a_look_may_subscribe_all_log_groups_but_those_of_runs_and_deliveries() -> None:
    stack = streaming()
    (policy,) = (each for each in stack.of_type("AWS::IAM::Policy").values() if each["PolicyName"] == "subscribe")
    role = Role("LookRole", "", read_policy("LookRole", policy["PolicyDocument"]))
    groups = "arn:aws:logs:eu-west-1:123456789012:log-group:"

    def may(name: str) -> bool:
        return role.decide(Access("logs:PutSubscriptionFilter", f"{groups}{name}:log-stream:", {})).allowed

    assert policy["Roles"] == ["LookRole"]
    assert [may(name) for name in ("/app/a", "/aws/lambda/b")] == [True, True]
    assert [may(name) for name in (*JOB_LOG_GROUPS, *OWN, "/aws/kinesisfirehose/loglake-landing")] == [False] * 9
    passing = {service: (service,) for service in ("logs.amazonaws.com", "glue.amazonaws.com")}
    passed = [
        role.decide(Access("iam:PassRole", "arn:aws:iam::a:role/SubscribeRole", {"iam:passedtoservice": to})).allowed
        for to in passing.values()
    ]
    assert passed == [True, False]


def test_with_an_account_policy_no_log_group_is_subscribed_besides() -> None:
    stack = streaming(Subscribe="Account")
    assert (stack.of_type("AWS::Glue::Trigger"), "Subscription" in stack.outputs) == ({}, False)
    assert "subscribe" not in {each["PolicyName"] for each in stack.of_type("AWS::IAM::Policy").values()}


def account_policy(**given: str) -> dict[str, Any]:
    stack = streaming(Subscribe="Account", **given)
    (policy,) = stack.of_type("AWS::Logs::AccountPolicy").values()
    return dict(policy)


OWN = {f"/aws-glue/loglake-convert-logs/{name}" for name in ("output", "error")}


@pytest.mark.parametrize(("excluded", "more"), [("", set()), ("/app/a", {"/app/a"}), ("/app/a,/b", {"/app/a", "/b"})])
def test_an_account_policy_leaves_out_what_the_deployment_writes_itself(excluded: str, more: set[str]) -> None:
    """Otherwise its own logs would be landed and start runs, which would write more logs."""
    policy = account_policy(ExcludedLogGroups=excluded)
    document = json.loads(policy["PolicyDocument"])
    assert set(document) == {"DestinationArn", "RoleArn", "FilterPattern", "Distribution"}
    left_out = {*JOB_LOG_GROUPS, *OWN, "/aws/kinesisfirehose/loglake-landing", *more}
    assert excluded_groups(policy["SelectionCriteria"]) == left_out
    assert len(policy["SelectionCriteria"].encode()) <= 25 * 1024  # PutAccountPolicy, selectionCriteria


def test_a_filter_pattern_can_not_break_the_policy() -> None:
    assert json.loads(account_policy(FilterPattern="{ $.level = ERROR }")["PolicyDocument"])["FilterPattern"]
    with pytest.raises(ConfigError, match="FilterPattern"):
        streaming(FilterPattern='"a","RoleArn":"b')


def test_objects_land_where_the_landing_workflow_is_woken_and_errors_do_not() -> None:
    found = destination()
    at = from_ms(EpochMs(1_795_564_800_000))
    key = object_key(found, "loglake-landing", "1", at)
    assert re.fullmatch(r"landing/firehose/2026/11/25/\d\d/loglake-landing-1-2026-11-25-[0-9-]+-[0-9a-f-]{36}\.gz", key)
    assert landed_group(key) is None, "each payload says its log group itself"
    (rule,) = [
        each
        for each in all_deployed_stacks()["events"].of_type("AWS::Events::Rule").values()
        if each["EventPattern"]["detail"]["object"]["key"] == [{"prefix": LANDING}]
    ]
    assert "landed" in rule["Name"]
    assert not found["ErrorOutputPrefix"].startswith(LANDING)
    assert found["BucketARN"] == "arn:aws:s3:::loglake-raw-123456789012-eu-west-1"
    assert found["CompressionFormat"] == "UNCOMPRESSED"  # a subscription's records are gzip already


def test_an_object_takes_five_to_fifteen_minutes() -> None:
    for given, expected in (({}, ("900", "128")), ({"BufferSeconds": "300", "BufferMiB": "5"}, ("300", "5"))):
        hints = destination(**given)["BufferingHints"]
        assert (str(hints["IntervalInSeconds"]), str(hints["SizeInMBs"])) == expected
    for seconds in ("299", "901"):
        with pytest.raises(ConfigError, match="BufferSeconds"):
            destination(BufferSeconds=seconds)


def test_each_role_is_for_one_service_and_this_deployment() -> None:
    roles = streaming().of_type("AWS::IAM::Role")
    conditions = {}
    for name, role in roles.items():
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
        (rest,) = [value for key, value in trust["Condition"].items() if key != "StringEquals"]
        conditions[name, trust["Principal"]["Service"]] = rest["aws:SourceArn"]
    assert conditions == {
        ("DeliverRole", "firehose.amazonaws.com"): STREAM,
        ("SubscribeRole", "logs.amazonaws.com"): "arn:aws:logs:eu-west-1:123456789012:*",
    }


def test_roles_may_do_what_they_are_for() -> None:
    roles = streaming(KmsKeyArn="arn:aws:kms:eu-west-1:123456789012:key/1")
    granted = {
        (name, statement["Sid"]): statement["Resource"]
        for name, role in roles.of_type("AWS::IAM::Role").items()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    }
    raw = "arn:aws:s3:::loglake-raw-123456789012-eu-west-1"
    assert granted == {
        ("DeliverRole", "FindTheBucket"): raw,
        ("DeliverRole", "LandObjects"): [f"{raw}/landing/firehose/*", f"{raw}/firehose-errors/*"],
        ("DeliverRole", "LogErrors"): "arn:aws:logs:r:a:/aws/kinesisfirehose/loglake-landing",
        ("SubscribeRole", "PutRecords"): STREAM,
    }
    assert roles.of_type("AWS::IAM::Policy")["WriteWithTheKey"]["Roles"] == ["DeliverRole"]
    assert destination(KmsKeyArn="arn:aws:kms:eu-west-1:123456789012:key/1")["EncryptionConfiguration"]


def test_a_boundary_is_every_roles() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    roles = streaming(PermissionsBoundaryArn=boundary).of_type("AWS::IAM::Role")
    assert {role["PermissionsBoundary"] for role in roles.values()} == {boundary}
