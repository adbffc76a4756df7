"""Deploys small templates with CloudFormation calls, as a person's tool would, and waits for the end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gluelocal.account import Account, AccountSettings
from gluelocal.clock import SystemClock
from support.faults.injection import faults_of

Resources = dict[str, dict[str, Any]]

_WAIT_S = 30


def body_of(resources: Mapping[str, Any], **sections: Any) -> str:
    """A template with resources and other sections."""
    return json.dumps({"Resources": resources, **sections})


def bucket(name: str = "", policy: str = "", **properties: Any) -> dict[str, Any]:
    named = {"BucketName": name} if name else {}
    kept = {"DeletionPolicy": policy} if policy else {}
    return {"Type": "AWS::S3::Bucket", **kept, "Properties": {**named, **properties}}


def queue(name: str = "", **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {**({"QueueName": name} if name else {}), **properties}}


class Deployer:
    """Deploys into one account."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def plan(self, stack: str, body: str, kind: str = "UPDATE", **request: Any) -> Any:
        """Makes the change set ``plan``, and describes it."""
        parameters = [
            {"ParameterKey": key, "ParameterValue": value} for key, value in request.pop("parameters", {}).items()
        ]
        name = {"StackName": stack, "ChangeSetName": "plan"}
        given = {"TemplateBody": body, "ChangeSetType": kind, "Parameters": parameters, **request}
        self.client.create_change_set(**name, **given)
        described = self.client.describe_change_set(**name)
        if described["Status"] == "FAILED":
            self.client.delete_change_set(**name)
        return described

    def deploy(self, stack: str, body: str, kind: str = "UPDATE", **request: Any) -> Any:
        """Creates the change set and executes it; returns the stack at its end."""
        described = self.plan(stack, body, kind, **request)
        assert described["Status"] == "CREATE_COMPLETE", described.get("StatusReason")
        self.client.execute_change_set(StackName=stack, ChangeSetName="plan")
        return self.ended(stack)

    def create(self, stack: str, body: str, **request: Any) -> Any:
        return self.deploy(stack, body, "CREATE", **request)

    def delete(self, stack: str, **request: Any) -> Any:
        stack_id = self.stack(stack)["StackId"]
        self.client.delete_stack(StackName=stack, **request)
        return self.ended(stack_id)

    def stack(self, name: str) -> Any:
        return self.client.describe_stacks(StackName=name)["Stacks"][0]

    def ended(self, name: str) -> Any:
        """A stack after its running operation has ended."""
        until = time.monotonic() + _WAIT_S
        while True:
            found = self.stack(name)
            if not found["StackStatus"].endswith("_IN_PROGRESS"):
                return found
            assert time.monotonic() < until, f"{name} is still {found['StackStatus']}"
            time.sleep(0.02)

    def history(self, name: str) -> list[tuple[str, str]]:
        """Logical ids and statuses, the first event first."""
        return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in self.events(name)]

    def events(self, name: str) -> list[Any]:
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=name)
        return [event for page in pages for event in page["StackEvents"]][::-1]

    def reasons(self, name: str) -> list[str]:
        """The reasons of failed resources, in order."""
        return [event["ResourceStatusReason"] for event in self.events(name) if "FAILED" in event["ResourceStatus"]]

    def physical_id(self, stack: str, logical_id: str) -> str:
        found = self.client.describe_stack_resources(StackName=stack, LogicalResourceId=logical_id)
        return str(found["StackResources"][0]["PhysicalResourceId"])

    def drift(self, stack: str) -> dict[str, Any]:
        """The drift that a detection finds, by logical id."""
        detection = self.client.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
        told = self.client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        assert told["DetectionStatus"] == "DETECTION_COMPLETE", told
        drifts = self.client.describe_stack_resource_drifts(StackName=stack)["StackResourceDrifts"]
        return {drift["LogicalResourceId"]: drift for drift in drifts}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account into which nothing is deployed."""
    with Account(AccountSettings(tmp_path_factory.mktemp("logs")), SystemClock()) as account:
        account.stacks.before = faults_of(account.aws).before_resource
        yield account


@pytest.fixture
def deployer(account: Account) -> Deployer:
    """Deploys into the account; fault rules of earlier tests are removed."""
    faults_of(account.aws).clear()
    return Deployer(account.client("cloudformation"))
