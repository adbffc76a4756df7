"""Drift: changes made by hand are found and undone, and nothing else is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.gluelocal.deployers import Deployer, body_of, bucket, queue

from gluelocal.account import Account
from gluelocal.cloudformation.change_sets import NO_CHANGES

pytestmark = pytest.mark.local

ROLE = "arn:aws:iam::123456789012:role/any"


def resources() -> dict[str, Any]:
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://code/x.py"}
    return {
        "Job": {
            "Type": "AWS::Glue::Job",
            "Properties": {
                "Name": "drifting",
                "Role": ROLE,
                "Command": command,
                "GlueVersion": "5.1",
                "Timeout": "30",
                "DefaultArguments": {"--a": 1},
            },
        },
        "Crawler": {
            "Type": "AWS::Glue::Crawler",
            "Properties": {
                "Name": "drifting",
                "Role": ROLE,
                "DatabaseName": "d",
                "Targets": {"S3Targets": [{"Path": "s3://loglake-drift/tables/"}]},
            },
        },
        "Bucket": bucket(
            "loglake-drift",
            LifecycleConfiguration={"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": 30}]},
            NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        ),
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"Name": "drifting", "State": "ENABLED", "EventPattern": {"source": ["aws.s3"]}},
        },
        "Queue": queue("drifting", MessageRetentionPeriod=90),
        "Policy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": []}},
        },
    }


def test_a_trust_policy_may_be_text(deployer: Deployer, account: Account) -> None:
    def trust(account_id: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def role(account_id: str) -> str:
        properties = {"RoleName": "by-text", "AssumeRolePolicyDocument": trust(account_id)}
        return body_of({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})

    named: dict[str, Any] = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    deployer.create("by-text", role("111111111111"), **named)
    deployer.deploy("by-text", role("222222222222"), **named)
    found = account.client("iam").get_role(RoleName="by-text")["Role"]["AssumeRolePolicyDocument"]
    assert found["Statement"][0]["Principal"] == {"AWS": "222222222222"}
    assert deployer.drift("by-text")["Role"]["StackResourceDriftStatus"] == "IN_SYNC"
    account.client("iam").update_assume_role_policy(RoleName="by-text", PolicyDocument=trust("333333333333"))
    assert deployer.drift("by-text")["Role"]["StackResourceDriftStatus"] == "MODIFIED"
    deployer.delete("by-text")


def test_what_is_changed_by_hand_is_found(deployer: Deployer, account: Account) -> None:
    deployer.create("drifting", body_of(resources()))
    assert {drift["StackResourceDriftStatus"] for drift in deployer.drift("drifting").values()} == {"IN_SYNC"}
    assert deployer.stack("drifting")["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"
    checked = deployer.client.describe_stack_resources(StackName="drifting")["StackResources"]
    unchecked = [
        one["LogicalResourceId"]
        for one in checked
        if one["DriftInformation"]["StackResourceDriftStatus"] == "NOT_CHECKED"
    ]
    assert unchecked == ["Policy"]

    glue, s3 = account.client("glue"), account.client("s3")
    update = {key: resources()["Job"]["Properties"][key] for key in ("Role", "Command", "GlueVersion")}
    glue.update_job(JobName="drifting", JobUpdate={**update, "Timeout": 99, "DefaultArguments": {"--b": "2"}})
    glue.delete_crawler(Name="drifting")
    s3.delete_bucket_lifecycle(Bucket="loglake-drift")
    s3.put_bucket_notification_configuration(Bucket="loglake-drift", NotificationConfiguration={})
    account.client("events").disable_rule(Name="drifting")
    found = deployer.drift("drifting")

    def paths(name: str) -> dict[str, str]:
        return {one["PropertyPath"]: one["DifferenceType"] for one in found[name]["PropertyDifferences"]}

    assert paths("Job") == {"/Timeout": "NOT_EQUAL", "/DefaultArguments/--a": "REMOVE"}
    assert found["Crawler"]["StackResourceDriftStatus"] == "DELETED"
    assert paths("Bucket") == {
        "/LifecycleConfiguration": "REMOVE",
        "/NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled": "NOT_EQUAL",
    }
    assert paths("Rule") == {"/State": "NOT_EQUAL"}
    assert found["Queue"]["StackResourceDriftStatus"] == "IN_SYNC"
    assert json.loads(found["Job"]["ActualProperties"])["Timeout"] == 99
    information = deployer.stack("drifting")["DriftInformation"]
    assert information["StackDriftStatus"] == "DRIFTED"
    filtered = deployer.client.describe_stack_resource_drifts(
        StackName="drifting", StackResourceDriftStatusFilters=["DELETED"]
    )["StackResourceDrifts"]
    assert [one["LogicalResourceId"] for one in filtered] == ["Crawler"]

    plan = {"DeploymentMode": "REVERT_DRIFT"}
    described = deployer.plan("drifting", body_of(resources()), "UPDATE", **plan)
    changes = {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in described["Changes"]}
    assert {name: (one["Action"], one.get("ResourceDriftStatus")) for name, one in changes.items()} == {
        "Job": ("Modify", "MODIFIED"),
        "Bucket": ("Modify", "MODIFIED"),
        "Rule": ("Modify", "MODIFIED"),
        "Crawler": ("Add", "DELETED"),
    }
    deployer.client.execute_change_set(StackName="drifting", ChangeSetName="plan")
    assert deployer.ended("drifting")["StackStatus"] == "UPDATE_COMPLETE"
    assert {drift["StackResourceDriftStatus"] for drift in deployer.drift("drifting").values()} == {"IN_SYNC"}
    assert deployer.plan("drifting", body_of(resources()), "UPDATE", **plan)["StatusReason"] == NO_CHANGES
