"""The runtime follows the stacks: after each operation of CloudFormation, and for stacks made without it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.gluelocal.deployers import Deployer, body_of, bucket

from gluelocal.settable_clock import SettableClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.deploy.stacks import STACKS
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local

NOON_MS = 1_795_521_600_000
"""2026-11-24T12:00:00Z."""
ROLE = "arn:aws:iam::123456789012:role/any"
BUS = "arn:aws:glue:us-east-1:123456789012:workflow/flow"


def template(name: str = "requests", rate: str = "5 minutes", state: str = "ENABLED", size: int = 1) -> str:
    """A workflow that objects start, and a schedule that puts objects."""
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["loglake-woken"]}, "object": {"key": [{"prefix": f"{name}/"}]}},
    }
    put = {"Bucket": "loglake-woken", "Key": f"{name}/scheduled", "Body": "e30="}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:s3:putObject", "RoleArn": ROLE, "Input": json.dumps(put)}
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://loglake-woken/none.py"}
    events = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}
    wake = {
        "Name": "wake",
        "Type": "EVENT",
        "WorkflowName": {"Ref": "Flow"},
        "EventBatchingCondition": {"BatchSize": size, "BatchWindow": 900},
        "Actions": [{"JobName": {"Ref": "Job"}}],
    }
    resources: dict[str, Any] = {
        "Bucket": bucket("loglake-woken", policy="Retain", **events),
        "Flow": {"Type": "AWS::Glue::Workflow", "Properties": {"Name": "flow"}},
        "Job": {"Type": "AWS::Glue::Job", "Properties": {"Name": "job", "Role": ROLE, "Command": command}},
        "Wake": {"Type": "AWS::Glue::Trigger", "Properties": wake},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": "put",
                "State": state,
                "EventPattern": pattern,
                "Targets": [{"Id": "flow", "Arn": BUS, "RoleArn": ROLE}],
            },
        },
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "Name": "tick",
                "State": state,
                "ScheduleExpression": f"rate({rate})",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": target,
            },
        },
    }
    return body_of(resources)


def until(account: LocalStack, met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        account.runtime.poll(0.02)


def put(account: LocalStack, key: str) -> None:
    account.client("s3").put_object(Bucket="loglake-woken", Key=key, Body=b"")


def runs(account: LocalStack) -> int:
    return len(account.runtime.state.runs)


def keys(account: LocalStack) -> set[str]:
    listed = account.client("s3").list_objects_v2(Bucket="loglake-woken").get("Contents", [])
    return {item["Key"] for item in listed}


def test_stacks_run_as_they_are_deployed_changed_and_deleted(tmp_path: Path) -> None:
    datasets, clock = Datasets.for_groups([LogGroupName("/app/shop")]), SettableClock(NOON_MS)
    with LocalStack(datasets, StackSettings(tmp_path, empty=True), clock) as account:
        deployer = Deployer(account.client("cloudformation"))
        assert account.outputs == {}

        assert deployer.create("flow", template())["StackStatus"] == "CREATE_COMPLETE"
        put(account, "requests/1")
        until(account, lambda: runs(account) == 1)

        assert deployer.deploy("flow", template(name="wishes"))["StackStatus"] == "UPDATE_COMPLETE"
        put(account, "requests/2")
        put(account, "wishes/1")
        until(account, lambda: runs(account) == 2)

        account.runtime.poll()
        clock.advance(301)
        account.runtime.poll()
        assert "wishes/scheduled" in keys(account)
        until(account, lambda: runs(account) == 3)

        disabled = template(state="DISABLED", size=7)
        assert deployer.deploy("flow", disabled)["StackStatus"] == "UPDATE_COMPLETE"
        condition = account.model.triggers["wake"].event_batching_condition
        assert condition is not None
        assert condition.batch_size == 7
        clock.advance(3600)
        account.runtime.poll()
        assert "requests/scheduled" not in keys(account)

        assert deployer.delete("flow")["StackStatus"] == "DELETE_COMPLETE"
        assert not account.model.workflows
        assert not account.model.rules
        assert not account.model.schedules


def test_stacks_that_were_made_at_once_can_be_updated(tmp_path: Path) -> None:
    """`local up` and `local run` deploy without change sets. A deployment over that changes the differences."""
    settings = StackSettings(tmp_path, {"LagMinutes": "3"})
    with LocalStack(Datasets.for_groups([LogGroupName("/app/shop")]), settings, SettableClock(NOON_MS)) as account:
        deployer = Deployer(account.client("cloudformation"))
        names = [stack["StackName"] for stack in deployer.client.describe_stacks()["Stacks"]]
        assert {"loglake-storage", "loglake-access", "loglake-log-lake", "loglake-events"} <= set(names)
        assert {name: drifts(deployer, name) for name in names} == {name: {"IN_SYNC"} for name in names}

        name = "loglake-log-lake"
        parameters = {one["ParameterKey"]: one["ParameterValue"] for one in deployer.stack(name)["Parameters"]}
        body = next(stack.path.read_text() for stack in STACKS if stack.name == "log-lake")
        given = [{"ParameterKey": key, "UsePreviousValue": True} for key in parameters if key != "LagMinutes"]
        changed = {"TemplateBody": body, "Parameters": [*given, {"ParameterKey": "LagMinutes", "ParameterValue": "9"}]}
        deployer.client.create_change_set(StackName=name, ChangeSetName="lag", **changed)
        described = deployer.client.describe_change_set(StackName=name, ChangeSetName="lag")
        assert [one["ResourceChange"]["LogicalResourceId"] for one in described["Changes"]] == ["ExportLogs"]
        deployer.client.execute_change_set(StackName=name, ChangeSetName="lag")
        assert deployer.ended(name)["StackStatus"] == "UPDATE_COMPLETE"
        arguments = account.model.jobs["loglake-export-logs"].default_arguments
        assert arguments["--lag_minutes"] == "9"
        read = account.client("glue").get_job(JobName="loglake-export-logs")["Job"]
        assert read["DefaultArguments"] == dict(arguments)

        put_policy(account, deployer)
        found = deployer.drift("loglake-access")["ExportRole"]
        assert found["StackResourceDriftStatus"] == "MODIFIED"
        assert [one["DifferenceType"] for one in found["PropertyDifferences"]] == ["ADD"]


def put_policy(account: LocalStack, deployer: Deployer) -> None:
    """Gives a role a policy by hand."""
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    account.client("iam").put_role_policy(
        RoleName=deployer.physical_id("loglake-access", "ExportRole"),
        PolicyName="by-hand",
        PolicyDocument=json.dumps(document),
    )


def drifts(deployer: Deployer, stack: str) -> set[str]:
    return {drift["StackResourceDriftStatus"] for drift in deployer.drift(stack).values()}
