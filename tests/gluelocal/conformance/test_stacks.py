"""CloudFormation: stacks, and how they are changed"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.faults.fault_names import ACCESS_DENIED
from support.faults.injection import FaultRule, faults_of
from support.gluelocal.conformance import rule
from support.gluelocal.deployers import Deployer, body_of, bucket, queue

from gluelocal.account import Account

pytestmark = pytest.mark.local


def fail(account: Account, operation: str, logical_id: str, last: int | None = 1) -> None:
    faults_of(account.aws).add(
        FaultRule(ACCESS_DENIED, service="cloudcontrol", operation=operation, resource=logical_id, last=last)
    )


def exists(account: Account, name: str) -> bool:
    return any(found["Name"] == name for found in account.client("s3").list_buckets()["Buckets"])


def seconds(account: Account, url: str) -> str:
    attributes = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return str(attributes["MessageRetentionPeriod"])


@rule(
    "Resources are made after what they refer to, and at the same time if they are not related.",
    "CloudFormation user guide, How CloudFormation works",
    differs="They are made one after the other.",
)
def test_a_created_stack_tells_what_it_has(deployer: Deployer) -> None:
    body = body_of(
        {"Bucket": bucket("loglake-made"), "Queue": queue()},
        Description="two things",
        Parameters={"Secret": {"Type": "String", "NoEcho": True, "Default": "x"}},
        Outputs={"Name": {"Value": {"Ref": "Bucket"}, "Description": "whose name"}},
    )
    stack = deployer.create("made", body, Tags=[{"Key": "team", "Value": "logs"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Outputs"] == [{"OutputKey": "Name", "OutputValue": "loglake-made", "Description": "whose name"}]
    assert stack["Parameters"] == [{"ParameterKey": "Secret", "ParameterValue": "****"}]
    assert stack["Tags"] == [{"Key": "team", "Value": "logs"}]
    assert stack["Description"] == "two things"
    assert deployer.history("made") == [
        ("made", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_COMPLETE"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_COMPLETE"),
        ("made", "CREATE_COMPLETE"),
    ]
    resources = deployer.client.describe_stack_resources(StackName="made")["StackResources"]
    assert [one["ResourceType"] for one in resources] == ["AWS::S3::Bucket", "AWS::SQS::Queue"]
    assert deployer.client.get_template(StackName="made")["TemplateBody"] == json.loads(body)
    assert "made" in {one["StackName"] for one in deployer.client.describe_stacks()["Stacks"]}


@rule(
    "A create that fails is rolled back, except what has the policy Retain. The stack can only be deleted then.",
    "CloudFormation user guide, DeletionPolicy attribute; Stack status codes",
)
def test_a_create_that_fails_is_rolled_back_and_can_be_deleted(deployer: Deployer, account: Account) -> None:
    """Resources with RetainExceptOnCreate or without a policy are deleted, those with Retain are kept."""
    fail(account, "CreateResource", "Queue")
    body = body_of(
        {
            "Plain": bucket("loglake-plain"),
            "Excepted": bucket("loglake-excepted", policy="RetainExceptOnCreate"),
            "Kept": bucket("loglake-kept", policy="Retain"),
            "Queue": {**queue(), "DependsOn": ["Plain", "Excepted", "Kept"]},
        }
    )
    stack = deployer.create("broken", body)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert [exists(account, f"loglake-{name}") for name in ("plain", "excepted", "kept")] == [False, False, True]
    assert "is not authorized to perform" in deployer.reasons("broken")[0]
    assert "HandlerErrorCode: AccessDenied" in deployer.reasons("broken")[0]
    history = deployer.history("broken")
    assert ("broken", "ROLLBACK_IN_PROGRESS") in history
    assert ("Kept", "DELETE_SKIPPED") in history
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        deployer.plan("broken", body)
    assert deployer.delete("broken")["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Stack with id broken does not exist"):
        deployer.stack("broken")


@rule(
    "A name that is taken makes a resource CREATE_FAILED, with the HandlerErrorCode AlreadyExists.",
    "CloudFormation CLI user guide, Handler error codes",
)
def test_a_name_that_is_taken_fails_the_create(deployer: Deployer, account: Account) -> None:
    account.client("s3").create_bucket(Bucket="loglake-taken")
    stack = deployer.create("taken", body_of({"Bucket": bucket("loglake-taken")}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert '"loglake-taken already exists"' in deployer.reasons("taken")[0]
    assert "HandlerErrorCode: AlreadyExists" in deployer.reasons("taken")[0]
    assert exists(account, "loglake-taken")


@rule(
    "What is there of a resource that failed half-way is deleted by the rollback.",
    "CloudFormation user guide, Stack failure options",
)
def test_what_was_begun_of_a_resource_that_fails_goes_too(deployer: Deployer, account: Account) -> None:
    broken = bucket("loglake-begun", PublicAccessBlockConfiguration={"Perhaps": True})
    assert deployer.create("begun", body_of({"Bucket": broken}))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert not exists(account, "loglake-begun")


@rule(
    "An update deletes at its end; what can't be deleted then is left, and the update succeeds.",
    "CloudFormation user guide, Stack status codes",
)
def test_an_update_changes_makes_and_removes(deployer: Deployer, account: Account) -> None:
    first = {"Old": bucket("loglake-old"), "Kept": bucket("loglake-stays", policy="Retain"), "Queue": queue("u1")}
    deployer.create("updated", body_of(first))
    account.client("s3").put_object(Bucket="loglake-old", Key="k", Body=b"")
    queue_url = deployer.physical_id("updated", "Queue")
    changed = {"Queue": queue("u1", MessageRetentionPeriod=90), "New": bucket("loglake-new", policy="Retain")}
    assert deployer.deploy("updated", body_of(changed))["StackStatus"] == "UPDATE_COMPLETE"
    assert seconds(account, queue_url) == "90"
    assert exists(account, "loglake-new")
    assert exists(account, "loglake-stays")
    assert exists(account, "loglake-old"), "it has an object, so it can't be deleted, and the update succeeds anyhow"
    assert ("Kept", "DELETE_SKIPPED") in deployer.history("updated")
    assert "The bucket you tried to delete is not empty" in deployer.reasons("updated")[0]
    resources = deployer.client.describe_stack_resources(StackName="updated")["StackResources"]
    assert {one["LogicalResourceId"] for one in resources} == {"Queue", "New"}


@rule(
    "A property that is create-only replaces the resource: the new one is made, and the old one deleted at the end.",
    "CloudFormation user guide, Update behaviors of stack resources",
)
def test_a_replacement_is_made_before_the_old_one_goes(deployer: Deployer, account: Account) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Path": "/one/"}}
    deployer.create("moved", body_of({"Role": role}), Capabilities=["CAPABILITY_IAM"])
    before = deployer.physical_id("moved", "Role")
    role["Properties"] = {"AssumeRolePolicyDocument": {}, "Path": "/two/"}
    stack = deployer.deploy("moved", body_of({"Role": role}), Capabilities=["CAPABILITY_IAM"])
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    after = deployer.physical_id("moved", "Role")
    assert after != before
    assert deployer.history("moved")[-5:] == [
        ("Role", "UPDATE_IN_PROGRESS"),
        ("Role", "UPDATE_COMPLETE"),
        ("Role", "DELETE_IN_PROGRESS"),
        ("Role", "DELETE_COMPLETE"),
        ("moved", "UPDATE_COMPLETE"),
    ]
    with pytest.raises(ClientError, match="not found"):
        account.client("iam").get_role(RoleName=before)


@rule(
    "A resource with a name of its own can't be replaced under that name.",
    "CloudFormation user guide, Troubleshooting CloudFormation",
)
def test_a_custom_name_stands_in_the_way_of_a_replacement(deployer: Deployer) -> None:
    def fifo(on: bool) -> str:
        return body_of({"Queue": queue("fixed.fifo", FifoQueue=on)})

    deployer.create("fixed", fifo(True))
    assert deployer.deploy("fixed", fifo(False))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert deployer.reasons("fixed")[0].startswith(
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename "
    )


@rule(
    "An update that fails is taken back, resource by resource; what it made is deleted at the end.",
    "CloudFormation user guide, Stack failure options",
)
def test_an_update_that_fails_is_rolled_back(deployer: Deployer, account: Account) -> None:
    first = {"One": queue("r1"), "Two": {**queue("r2"), "DependsOn": "One"}}
    deployer.create("rolled", body_of(first, Outputs={"Url": {"Value": {"Ref": "One"}}}))
    url = deployer.physical_id("rolled", "One")
    fail(account, "UpdateResource", "Two")
    changed: dict[str, Any] = {
        "New": bucket("loglake-rolled", policy="Retain"),
        "One": {**queue("r1", MessageRetentionPeriod=90), "DependsOn": "New"},
        "Two": {**queue("r2", MessageRetentionPeriod=90), "DependsOn": "One"},
    }
    stack = deployer.deploy("rolled", body_of(changed, Outputs={"Other": {"Value": "x"}}))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["Outputs"] == [{"OutputKey": "Url", "OutputValue": url}]
    assert seconds(account, url) == "345600"
    assert not exists(account, "loglake-rolled")
    assert deployer.history("rolled")[-9:] == [
        ("Two", "UPDATE_FAILED"),
        ("rolled", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Two", "UPDATE_IN_PROGRESS"),
        ("Two", "UPDATE_COMPLETE"),
        ("One", "UPDATE_IN_PROGRESS"),
        ("One", "UPDATE_COMPLETE"),
        ("New", "DELETE_IN_PROGRESS"),
        ("New", "DELETE_COMPLETE"),
        ("rolled", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert deployer.deploy("rolled", body_of(changed))["StackStatus"] == "UPDATE_COMPLETE"


@rule(
    "If a rollback fails, the stack is UPDATE_ROLLBACK_FAILED and can't be updated.",
    "CloudFormation API, ContinueUpdateRollback",
    differs="ContinueUpdateRollback is not served: the stack can only be deleted.",
)
def test_a_rollback_that_fails_leaves_a_stack_that_can_be_deleted(deployer: Deployer, account: Account) -> None:
    deployer.create("stuck", body_of({"Queue": queue("s1")}))
    fail(account, "UpdateResource", "Queue", last=2)
    stack = deployer.deploy("stuck", body_of({"Queue": queue("s1", MessageRetentionPeriod=90)}))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(ClientError, match="is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        deployer.plan("stuck", body_of({"Queue": queue("s1")}))
    assert deployer.delete("stuck")["StackStatus"] == "DELETE_COMPLETE"


@rule(
    "A bucket that has objects fails a deletion with DELETE_FAILED; once it is empty, the stack can be deleted.",
    "CloudFormation API, DeleteStack",
    differs="RetainResources is refused. What a stack that is gone had can't be listed; AWS lists it for 90 days.",
)
def test_a_bucket_with_objects_is_not_deleted(deployer: Deployer, account: Account) -> None:
    deployer.create("full", body_of({"Bucket": bucket("loglake-full"), "Queue": queue()}))
    s3 = account.client("s3")
    s3.put_object(Bucket="loglake-full", Key="k", Body=b"")
    stack = deployer.delete("full")
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [Bucket]. "
    assert [
        one["LogicalResourceId"] for one in deployer.client.describe_stack_resources(StackName="full")["StackResources"]
    ] == ["Bucket"]
    s3.delete_object(Bucket="loglake-full", Key="k")
    assert deployer.delete("full")["StackStatus"] == "DELETE_COMPLETE"
    assert not exists(account, "loglake-full")
    deployer.client.delete_stack(StackName="full")  # deleting a missing stack succeeds silently


@rule(
    "Retained resources are imported by a change set that does nothing else.",
    "CloudFormation user guide, Import AWS resources into a CloudFormation stack",
    differs="Only buckets, bucket policies, DynamoDB tables and Glue databases, and not by ImportExistingResources.",
)
def test_retained_resources_are_imported_again(deployer: Deployer, account: Account) -> None:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "RetainExceptOnCreate",
        "Properties": {
            "TableName": "kept",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        },
    }
    kept = {"Bucket": bucket("loglake-again", policy="RetainExceptOnCreate"), "Table": table}
    outputs = {"Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}}}}
    arn = deployer.create("again", body_of(kept, **outputs))["Outputs"][0]["OutputValue"]
    deployer.delete("again")
    assert exists(account, "loglake-again")
    assert deployer.create("again", body_of(kept))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert exists(account, "loglake-again"), "what it did not make stays"
    deployer.delete("again")

    body = body_of({**kept, "Queue": queue()}, **outputs)
    identified = [
        {
            "ResourceType": "AWS::S3::Bucket",
            "LogicalResourceId": "Bucket",
            "ResourceIdentifier": {"BucketName": "loglake-again"},
        },
        {
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceId": "Table",
            "ResourceIdentifier": {"TableName": "kept"},
        },
    ]
    more = body_of({**kept, "Queue": queue()})
    with pytest.raises(ClientError, match=r"Resources \[Queue\] is missing from ResourceToImport list"):
        deployer.plan("again", more, "IMPORT", ResourcesToImport=identified)
    stack = deployer.deploy("again", body_of(kept), "IMPORT", ResourcesToImport=identified)
    assert stack["StackStatus"] == "IMPORT_COMPLETE"
    assert ("Table", "IMPORT_COMPLETE") in deployer.history("again")
    stack = deployer.deploy("again", body)
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == ("UPDATE_COMPLETE", arn)


@rule(
    "An import changes neither tags nor outputs: a new stack has none, an existing one keeps its own.",
    "aws-cloudformation-coverage-roadmap and public reports: As part of the import operation, you cannot modify or add",
)
def test_an_import_with_other_tags_or_outputs_is_refused(deployer: Deployer, account: Account) -> None:
    tags, other = [{"Key": "team", "Value": "a"}], [{"Key": "team", "Value": "b"}]
    outputs = {"Outputs": {"Name": {"Value": "x"}}}
    for number in (1, 2):
        account.client("s3").create_bucket(Bucket=f"loglake-adopted-{number}")
    first, second = (bucket(f"loglake-adopted-{number}", policy="Retain") for number in (1, 2))

    def imported(name: str, resource: dict[str, Any]) -> dict[str, Any]:
        identifier = {"BucketName": resource["Properties"]["BucketName"]}
        named = {"LogicalResourceId": name, "ResourceType": "AWS::S3::Bucket", "ResourceIdentifier": identifier}
        return {"ResourcesToImport": [named]}

    new = imported("First", first)
    with pytest.raises(ClientError, match=r"you cannot modify or add \[Tags\]"):
        deployer.plan("adopted", body_of({"First": first}), "IMPORT", Tags=tags, **new)
    with pytest.raises(ClientError, match=r"you cannot modify or add \[Outputs\]"):
        deployer.plan("adopted", body_of({"First": first}, **outputs), "IMPORT", **new)
    assert deployer.deploy("adopted", body_of({"First": first}), "IMPORT", **new)["StackStatus"] == "IMPORT_COMPLETE"
    assert deployer.deploy("adopted", body_of({"First": first}, **outputs), Tags=tags)["Tags"] == tags

    both, more = body_of({"First": first, "Second": second}, **outputs), imported("Second", second)
    with pytest.raises(ClientError, match=r"you cannot modify or add \[Tags\]"):
        deployer.plan("adopted", both, "IMPORT", Tags=other, **more)
    with pytest.raises(ClientError, match=r"you cannot modify or add \[Outputs\]"):
        deployer.plan("adopted", body_of({"First": first, "Second": second}), "IMPORT", Tags=tags, **more)
    assert deployer.deploy("adopted", both, "IMPORT", Tags=tags, **more)["StackStatus"] == "IMPORT_COMPLETE"


@rule(
    "An import of what is not there ends in IMPORT_ROLLBACK_COMPLETE.",
    "CloudFormation user guide, Stack status codes",
)
def test_an_import_of_what_is_not_there_is_taken_back(deployer: Deployer) -> None:
    identified = [
        {
            "ResourceType": "AWS::S3::Bucket",
            "LogicalResourceId": "Bucket",
            "ResourceIdentifier": {"BucketName": "loglake-nowhere"},
        }
    ]
    body = body_of({"Bucket": bucket("loglake-nowhere", policy="Retain")})
    stack = deployer.deploy("nowhere", body, "IMPORT", ResourcesToImport=identified)
    assert stack["StackStatus"] == "IMPORT_ROLLBACK_COMPLETE"
    assert "loglake-nowhere does not exist" in deployer.reasons("nowhere")[0]


@rule(
    "A change set compares the template with what the stack was given last.",
    "CloudFormation user guide, Updating stacks using change sets",
    differs="The change set is there when CreateChangeSet answers: it is never CREATE_PENDING.",
)
def test_a_change_set_is_there_at_once(deployer: Deployer) -> None:
    described = deployer.plan("planned", body_of({"Queue": queue()}), "CREATE")
    assert described["Status"] == "CREATE_COMPLETE"
    assert [one["ResourceChange"]["Action"] for one in described["Changes"]] == ["Add"]


@rule(
    "The tags of a stack are put on all its resources that can have tags, and other tags change these.",
    "CloudFormation user guide, Resource tag",
    differs="They are kept with the stack and put on no resource, so a change of them changes no resource.",
)
def test_tags_stay_with_the_stack(deployer: Deployer, account: Account) -> None:
    body = body_of({"Queue": queue("tagged")})
    deployer.create("tagged", body, Tags=[{"Key": "team", "Value": "logs"}])
    url = deployer.physical_id("tagged", "Queue")
    assert not account.client("sqs").list_queue_tags(QueueUrl=url).get("Tags")
    described = deployer.plan("tagged", body, Tags=[{"Key": "team", "Value": "others"}])
    assert (described["Status"], described["Changes"]) == ("CREATE_COMPLETE", [])
    deployer.client.execute_change_set(StackName="tagged", ChangeSetName="plan")
    assert deployer.ended("tagged")["Tags"] == [{"Key": "team", "Value": "others"}]


@rule(
    "Statuses of the stack are events, too.",
    "CloudFormation API, StackEvent",
    differs="REVIEW_IN_PROGRESS and the statuses of a clean-up are none: botocore's model of events lacks them.",
)
def test_statuses_that_no_event_has(deployer: Deployer) -> None:
    deployer.create("cleaned", body_of({"Queue": queue()}))
    deployer.deploy("cleaned", body_of({"Other": queue()}))
    statuses = {status for name, status in deployer.history("cleaned") if name == "cleaned"}
    assert statuses == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"}


@rule(
    "A template can come from S3; an operation can have a role, notifications, nested stacks and failure options.",
    "CloudFormation API, CreateChangeSet",
    differs="What would have no effect is refused, and so are the operations that no deployment of loglake needs.",
)
def test_what_has_no_effect_is_refused(deployer: Deployer) -> None:
    with pytest.raises(ClientError, match="The local runtime does not support RoleARN here"):
        deployer.plan(
            "refused", body_of({"Queue": queue()}), "CREATE", RoleARN="arn:aws:iam::123456789012:role/deployer"
        )
    with pytest.raises(ClientError, match="The local runtime does not support OnStackFailure here"):
        deployer.plan("refused", body_of({"Queue": queue()}), "CREATE", OnStackFailure="DO_NOTHING")
    with pytest.raises(ClientError, match="The local runtime does not serve UpdateStack of CloudFormation"):
        deployer.client.update_stack(StackName="refused", TemplateBody=body_of({"Queue": queue()}))


@rule(
    "DescribeStackResources finds the stack that has a resource, by the resource's physical id.",
    "CloudFormation API, DescribeStackResources",
)
def test_the_stack_of_a_resource_is_found(deployer: Deployer) -> None:
    deployer.create("owner", body_of({"Bucket": bucket("loglake-owned")}))
    (found,) = deployer.client.describe_stack_resources(PhysicalResourceId="loglake-owned")["StackResources"]
    assert (found["StackName"], found["LogicalResourceId"]) == ("owner", "Bucket")
    with pytest.raises(ClientError, match="Stack for nobody-s does not exist"):
        deployer.client.describe_stack_resources(PhysicalResourceId="nobody-s")


@rule(
    "A replacement that fails is taken back: the resource that was there stays.",
    "CloudFormation user guide, Update behaviors of stack resources",
)
def test_a_replacement_that_fails_leaves_the_old_one(deployer: Deployer, account: Account) -> None:
    def buckets(name: str, **properties: Any) -> str:
        policy = {"Type": "AWS::SQS::Queue", "DependsOn": "Bucket", "Properties": properties}
        return body_of({"Bucket": bucket(name), "Queue": policy})

    deployer.create("kept", buckets("loglake-before"))
    broken = {"Bucket": bucket("loglake-half", PublicAccessBlockConfiguration={"Perhaps": True})}
    assert deployer.deploy("kept", body_of(broken))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (exists(account, "loglake-before"), exists(account, "loglake-half")) == (True, False)
    fail(account, "UpdateResource", "Queue")
    stack = deployer.deploy("kept", buckets("loglake-after", DelaySeconds=1))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (exists(account, "loglake-before"), exists(account, "loglake-after")) == (True, False)
    assert deployer.physical_id("kept", "Bucket") == "loglake-before"
