"""Change sets: what they say would change, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.local.deployers import Deployer, body_of, bucket, queue

from loglake_cli.local.cloudformation.change_sets import NO_CHANGES
from loglake_cli.local.cloudformation.planning import KNOWN_AFTER_APPLY

pytestmark = pytest.mark.local

RETENTION = {"Parameters": {"Seconds": {"Type": "Number", "Default": 60, "MinValue": 60}}}
QUEUE = {"Queue": queue("q1", MessageRetentionPeriod={"Ref": "Seconds"})}


def changes(described: Any) -> dict[str, Any]:
    return {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in described["Changes"]}


def refusal(deployer: Deployer, **request: Any) -> tuple[str, str]:
    given = {"ChangeSetName": "refused", "ChangeSetType": "CREATE", "StackName": "refused", **request}
    with pytest.raises(ClientError) as raised:
        deployer.client.create_change_set(**given)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_change_of_a_parameter_is_told_with_its_cause_and_values(deployer: Deployer) -> None:
    body = body_of(QUEUE, **RETENTION)
    deployer.create("causes", body)
    change = changes(deployer.plan("causes", body, parameters={"Seconds": "90"}))["Queue"]
    assert (change["Action"], change["Replacement"], change["Scope"]) == ("Modify", "False", ["Properties"])
    (detail,) = change["Details"]
    assert detail["Target"] == {
        "Attribute": "Properties",
        "Name": "MessageRetentionPeriod",
        "RequiresRecreation": "Never",
        "Path": "/Properties/MessageRetentionPeriod",
        "BeforeValue": "60",
        "AfterValue": "90",
        "AttributeChangeType": "Modify",
    }
    assert (detail["ChangeSource"], detail["CausingEntity"]) == ("ParameterReference", "Seconds")
    plain = deployer.client.describe_change_set(StackName="causes", ChangeSetName="plan")
    assert "AfterValue" not in changes(plain)["Queue"]["Details"][0]["Target"]
    assert "AfterContext" not in changes(plain)["Queue"]


def test_a_change_set_without_changes_fails_with_the_words_of_aws(deployer: Deployer) -> None:
    body = body_of({"Queue": queue("q2")})
    deployer.create("same", body)
    described = deployer.plan("same", body)
    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"] == NO_CHANGES
    assert described["Changes"] == []


def test_what_replaces_a_resource_and_what_depends_on_it(deployer: Deployer) -> None:
    """A table's key may replace it; a queue's name does; who refers to it learns its ARN later."""
    policy = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Queue"}],
            "PolicyDocument": {"Statement": [{"Resource": {"Fn::GetAtt": ["Queue", "Arn"]}}]},
        },
    }
    deployer.create("replaced", body_of({"Queue": queue("q3"), "Policy": policy, "Old": bucket(policy="Retain")}))
    found = changes(deployer.plan("replaced", body_of({"Queue": queue("q4"), "Policy": policy, "New": queue()})))
    assert {name: (one["Action"], one.get("Replacement")) for name, one in found.items()} == {
        "Queue": ("Modify", "True"),
        "Policy": ("Modify", "False"),
        "New": ("Add", None),
        "Old": ("Remove", None),
    }
    assert found["Queue"]["PolicyAction"] == "ReplaceAndDelete"
    assert found["Old"]["PolicyAction"] == "Retain"
    by_name = {detail["Target"]["Name"]: detail for detail in found["Policy"]["Details"]}
    assert by_name["Queues"]["Evaluation"] == "Dynamic"
    assert by_name["Queues"]["ChangeSource"] == "ResourceReference"
    assert by_name["PolicyDocument"]["CausingEntity"] == "Queue.Arn"
    assert by_name["PolicyDocument"]["Target"]["AfterValue"] == KNOWN_AFTER_APPLY
    assert [
        each["ResourceChange"]["Action"]
        for each in deployer.client.describe_change_set(StackName="replaced", ChangeSetName="plan")["Changes"]
    ][-1] == "Remove"


def test_a_deletion_policy_alone_is_a_change(deployer: Deployer) -> None:
    deployer.create("policies", body_of({"Bucket": bucket("loglake-policies")}))
    body = body_of({"Bucket": bucket("loglake-policies", policy="Retain")})
    change = changes(deployer.plan("policies", body))["Bucket"]
    assert (change["Scope"], change["Replacement"]) == (["DeletionPolicy"], "False")
    deployer.client.execute_change_set(StackName="policies", ChangeSetName="plan")
    assert deployer.ended("policies")["StackStatus"] == "UPDATE_COMPLETE"
    assert deployer.plan("policies", body)["StatusReason"] == NO_CHANGES


def test_previous_values_of_parameters(deployer: Deployer) -> None:
    body = body_of(QUEUE | {"Queue": queue("q5", MessageRetentionPeriod={"Ref": "Seconds"})}, **RETENTION)
    deployer.create("previous", body, parameters={"Seconds": "70"})
    kept = [{"ParameterKey": "Seconds", "UsePreviousValue": True}]
    name = {"StackName": "previous", "ChangeSetName": "kept"}
    deployer.client.create_change_set(**name, UsePreviousTemplate=True, Parameters=kept)
    described = deployer.client.describe_change_set(**name)
    assert described["StatusReason"] == NO_CHANGES
    assert described["Parameters"] == [{"ParameterKey": "Seconds", "ParameterValue": "70"}]


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({"TemplateBody": "{"}, "ValidationError", "Template format error"),
        ({}, "ValidationError", "Either Template URL or Template Body must be specified."),
        ({"TemplateBody": body_of({"T": {"Type": "AWS::EC2::VPC"}})}, "ValidationError", "AWS::EC2::VPC"),
        ({"TemplateBody": body_of({"Q": queue()}), "ChangeSetType": "UPDATE"}, "ValidationError", "does not exist"),
        (
            {
                "TemplateBody": body_of({"Q": queue()}),
                "Parameters": [{"ParameterKey": "Other", "ParameterValue": "1"}],
            },
            "ValidationError",
            "Parameters: [Other] do not exist in the template",
        ),
        (
            {"TemplateBody": body_of({"Q": queue()}, Parameters={"P": {"Type": "String"}})},
            "ValidationError",
            "Parameters: [P] must have values",
        ),
        (
            {
                "TemplateBody": body_of(QUEUE, **RETENTION),
                "Parameters": [{"ParameterKey": "Seconds", "ParameterValue": "7"}],
            },
            "ValidationError",
            "MinValue is 60",
        ),
        (
            {"TemplateBody": body_of({"R": {"Type": "AWS::IAM::Role", "Properties": {}}})},
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_IAM]",
        ),
        (
            {
                "TemplateBody": body_of({"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}}),
                "Capabilities": ["CAPABILITY_IAM"],
            },
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
        ),
        ({"TemplateBody": " " * 51_201}, "ValidationError", "length less than or equal to 51200"),
    ],
)
def test_what_is_refused(deployer: Deployer, request_: dict[str, Any], code: str, message: str) -> None:
    assert refusal(deployer, **request_)[0] == code
    assert message in refusal(deployer, **request_)[1]
    assert all(stack["StackName"] != "refused" for stack in deployer.client.describe_stacks()["Stacks"])


def test_other_calls_of_cloudformation_are_refused_and_not_moto_s(deployer: Deployer) -> None:
    with pytest.raises(ClientError, match="The local runtime does not serve CreateStack"):
        deployer.client.create_stack(StackName="moto", TemplateBody=body_of({"Q": queue()}))


def test_the_summary_of_a_template_says_what_it_needs(deployer: Deployer) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}
    body = body_of({"Role": role, "Bucket": bucket()}, **RETENTION)
    found = deployer.client.get_template_summary(TemplateBody=body)
    assert found["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert found["Parameters"][0]["DefaultValue"] == "60"
    assert found["ResourceIdentifierSummaries"] == [
        {
            "ResourceType": "AWS::S3::Bucket",
            "LogicalResourceIds": ["Bucket"],
            "ResourceIdentifiers": ["BucketName"],
        }
    ]


def test_a_stack_under_review_has_change_sets_and_nothing_else(deployer: Deployer) -> None:
    deployer.plan("review", body_of({"Q": queue()}), "CREATE", Description="the first one")
    assert deployer.stack("review")["StackStatus"] == "REVIEW_IN_PROGRESS"
    (summary,) = deployer.client.list_change_sets(StackName="review")["Summaries"]
    assert (summary["ChangeSetName"], summary["Description"]) == ("plan", "the first one")
    template = deployer.client.get_template(StackName="review", ChangeSetName="plan")["TemplateBody"]
    assert json.loads(json.dumps(template))["Resources"]["Q"]["Type"] == "AWS::SQS::Queue"
    assert deployer.client.describe_stack_resources(StackName="review")["StackResources"] == []
    deployer.delete("review")
