"""Change sets: the changes that they list, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.deployers import Deployer, body_of, bucket, queue

from gluelocal.account import Account
from gluelocal.cloudformation.change_sets import NO_CHANGES

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


def test_a_change_of_a_parameter_is_told_with_the_property(deployer: Deployer) -> None:
    body = body_of(QUEUE, **RETENTION)
    deployer.create("causes", body)
    change = changes(deployer.plan("causes", body, parameters={"Seconds": "90"}))["Queue"]
    assert (change["Action"], change["Replacement"], change["Scope"]) == ("Modify", "False", ["Properties"])
    (detail,) = change["Details"]
    assert detail["Target"] == {
        "Attribute": "Properties",
        "Name": "MessageRetentionPeriod",
        "RequiresRecreation": "Never",
    }


def test_a_change_set_without_changes_fails_with_the_words_of_aws(deployer: Deployer) -> None:
    body = body_of({"Queue": queue("q2")})
    deployer.create("same", body)
    described = deployer.plan("same", body)
    assert (described["Status"], described["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert described["StatusReason"] == NO_CHANGES
    assert described["Changes"] == []


def test_what_replaces_a_resource_and_what_depends_on_it(deployer: Deployer) -> None:
    """A table's key may replace the table, a queue's name does, and references get the new ARN later."""
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
    assert {detail["Target"]["Name"] for detail in found["Policy"]["Details"]} == {"Queues", "PolicyDocument"}
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


def test_a_stack_under_review_has_change_sets_and_nothing_else(deployer: Deployer) -> None:
    deployer.plan("review", body_of({"Q": queue()}), "CREATE", Description="the first one")
    assert deployer.stack("review")["StackStatus"] == "REVIEW_IN_PROGRESS"
    (summary,) = deployer.client.list_change_sets(StackName="review")["Summaries"]
    assert (summary["ChangeSetName"], summary["Description"]) == ("plan", "the first one")
    with pytest.raises(ClientError, match="Stack review has no template yet"):
        deployer.client.get_template(StackName="review")
    assert deployer.client.describe_stack_resources(StackName="review")["StackResources"] == []
    deployer.delete("review")


IMPORTED = {
    "LogicalResourceId": "Bucket",
    "ResourceType": "AWS::S3::Bucket",
    "ResourceIdentifier": {"BucketName": "loglake-x"},
}
KEPT = body_of({"Bucket": bucket("loglake-x", policy="Retain"), "Queue": queue()})


@pytest.mark.parametrize(
    ("body", "imported", "message"),
    [
        (KEPT, {"LogicalResourceId": "Other"}, r"Resources \[Other\] are not in the template"),
        (KEPT, {"ResourceIdentifier": {"Name": "x"}}, "AWS::S3::Bucket is identified by BucketName"),
        (
            KEPT,
            {"LogicalResourceId": "Queue", "ResourceType": "AWS::SQS::Queue"},
            r"ResourceTypes \[AWS::SQS::Queue\] are not supported for Import",
        ),
        (body_of({"Bucket": bucket("loglake-x")}), {}, "all resources must specify a DeletionPolicy"),
    ],
)
def test_an_import_that_is_refused(deployer: Deployer, body: str, imported: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        deployer.plan("imports", body, "IMPORT", ResourcesToImport=[{**IMPORTED, **imported}])


def test_an_import_changes_nothing_else(deployer: Deployer) -> None:
    deployer.create("alone", body_of({"Queue": queue("alone")}))
    body = body_of({"Queue": queue("alone", DelaySeconds=1), "Bucket": bucket("loglake-x", policy="Retain")})
    with pytest.raises(ClientError, match=r"cannot be executed during import operations: \[Queue\]"):
        deployer.plan("alone", body, "IMPORT", ResourcesToImport=[IMPORTED])
    with pytest.raises(ClientError, match="ResourcesToImport is for change sets of the type IMPORT"):
        deployer.plan("alone", body, ResourcesToImport=[IMPORTED])
    with pytest.raises(ClientError, match=r"Update of resource type is not permitted.*\[Queue\]"):
        deployer.plan("alone", body_of({"Queue": bucket()}))


def test_what_is_not_there_or_not_in_a_state_for_it(deployer: Deployer) -> None:
    client, body = deployer.client, body_of({"Queue": queue("states")})
    deployer.create("states", body)
    name = {"StackName": "states", "ChangeSetName": "plan"}
    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        deployer.plan("states", body, "CREATE")
    with pytest.raises(client.exceptions.InvalidChangeSetStatusException, match="EXECUTE_COMPLETE"):
        client.execute_change_set(**name)
    with pytest.raises(ClientError, match="does not support RetainResources here"):
        client.delete_stack(StackName="states", RetainResources=["Queue"])
    with pytest.raises(client.exceptions.ChangeSetNotFoundException):
        client.describe_change_set(StackName="states", ChangeSetName="none")
    with pytest.raises(ClientError, match="The drift detection does not exist"):
        client.describe_stack_drift_detection_status(StackDriftDetectionId="x" * 36)
    with pytest.raises(ClientError, match="The specified NextToken is invalid"):
        client.describe_stack_events(StackName="states", NextToken="x")
    changed = deployer.plan("states", body_of({"Queue": queue("states", DelaySeconds=1)}))
    with pytest.raises(client.exceptions.AlreadyExistsException, match="ChangeSet plan already exists"):
        deployer.plan("states", body)
    client.delete_change_set(ChangeSetName=changed["ChangeSetId"])
    assert client.list_change_sets(StackName="states")["Summaries"] == []


def test_another_region_has_no_stacks(account: Account) -> None:
    with pytest.raises(ClientError, match="The local runtime has stacks in us-east-1 alone"):
        account.aws.client_in("eu-central-1", "cloudformation").describe_stacks()


def test_a_template_is_validated(deployer: Deployer) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    found = deployer.client.validate_template(TemplateBody=body_of({"Role": role}, Description="x", **RETENTION))
    assert (found["Description"], found["Capabilities"]) == ("x", ["CAPABILITY_IAM"])
    assert found["Parameters"] == [{"ParameterKey": "Seconds", "DefaultValue": "60", "NoEcho": False}]
    with pytest.raises(ClientError, match="Template format error"):
        deployer.client.validate_template(TemplateBody="Resources: [")


def test_a_type_that_the_region_lacks_fails_its_whole_template(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A condition that is false does not help."""
    budget = {"Type": "AWS::Budgets::Budget", "Condition": "Never", "Properties": {"Budget": {}}}
    body = body_of({"Queue": queue(), "Budget": budget}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    Deployer(account.client("cloudformation")).client.validate_template(TemplateBody=body)
    monkeypatch.setattr(account.aws, "region", "eu-north-1")
    client = account.aws.client_in("eu-north-1", "cloudformation")
    lacking = r"Template format error: Unrecognized resource types: \[AWS::Budgets::Budget\]"
    with pytest.raises(ClientError, match=lacking):
        client.validate_template(TemplateBody=body)
    with pytest.raises(ClientError, match=lacking):
        Deployer(client).create("north", body)


def test_a_template_that_can_not_be_resolved_fails_its_change_set(deployer: Deployer) -> None:
    broken = {"Queue": queue("broken"), "Policy": bucket(BucketName={"Fn::Select": ["7", ["a"]]})}
    described = deployer.plan("unresolved", body_of(broken), "CREATE")
    assert described["Status"] == "FAILED"
    assert "Fn::Select can't take item 7" in described["StatusReason"]


def test_events_come_in_pages(deployer: Deployer) -> None:
    deployer.create("paged", body_of({f"Queue{number}": queue() for number in range(36)}))
    first = deployer.client.describe_stack_events(StackName="paged")
    assert len(first["StackEvents"]) == 100
    assert len(deployer.events("paged")) == 2 + 3 * 36
