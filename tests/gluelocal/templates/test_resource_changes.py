"""Each resource type: its API shows a stack's change, drift detection finds none, and deleting works."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.gluelocal.deployers import Deployer, body_of

from gluelocal.account import Account

pytestmark = pytest.mark.local

ROLE = "arn:aws:iam::123456789012:role/any"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
IAM = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


def document(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def inline(name: str, action: str) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": document(action)}


class Changes:
    """Creates a stack of some resources, changes it, and checks that nothing drifted."""

    def __init__(self, deployer: Deployer) -> None:
        self.deployer = deployer

    def make(self, name: str, **resources: Any) -> None:
        self._deploy("CREATE", name, resources)

    def change(self, name: str, **resources: Any) -> None:
        self._deploy("UPDATE", name, resources)

    def _deploy(self, kind: str, name: str, resources: dict[str, Any]) -> None:
        written = {key: {"Type": value["Type"], "Properties": value["Properties"]} for key, value in resources.items()}
        stack = self.deployer.deploy(name, body_of(written), kind, **IAM)
        assert stack["StackStatus"] == f"{kind}_COMPLETE", self.deployer.reasons(name)
        drifts = self.deployer.drift(name)
        found = {key: drift["PropertyDifferences"] for key, drift in drifts.items()}
        assert {drift["StackResourceDriftStatus"] for drift in drifts.values()} <= {"IN_SYNC"}, found

    def delete(self, name: str) -> None:
        assert self.deployer.delete(name)["StackStatus"] == "DELETE_COMPLETE"


@pytest.fixture
def changes(deployer: Deployer) -> Changes:
    return Changes(deployer)


def of(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def test_a_bucket_and_its_policy(changes: Changes, account: Account) -> None:
    s3, name = account.client("s3"), "loglake-settings"
    logs = {"Service": "logging.s3.amazonaws.com"}
    put = {"Effect": "Allow", "Principal": logs, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::access-logs/*"}
    s3.create_bucket(Bucket="access-logs")
    s3.put_bucket_policy(Bucket="access-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [put]}))

    def policy(sid: str) -> dict[str, Any]:
        statement = {
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::{name}",
        }
        return of("S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument={"Statement": [statement]})

    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    rule = {"Id": "old", "Status": "Enabled", "Prefix": "a/", "ExpirationInDays": 9}
    moved = {"Id": "cold", "Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 30}]}
    every = {
        "BucketEncryption": encryption,
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "LifecycleConfiguration": {"Rules": [rule]},
        "LoggingConfiguration": {"DestinationBucketName": "access-logs", "LogFilePrefix": "x/"},
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
    }
    changes.make("bucket", Bucket=of("S3::Bucket", BucketName=name, **every), Policy=policy("One"))
    changed = {**every, "LifecycleConfiguration": {"Rules": [rule, moved]}}
    changes.change("bucket", Bucket=of("S3::Bucket", BucketName=name, **changed), Policy=policy("Two"))
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]) == 2
    assert "Two" in s3.get_bucket_policy(Bucket=name)["Policy"]
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]["TargetPrefix"] == "x/"
    changes.change("bucket", Bucket=of("S3::Bucket", BucketName=name))
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=name)
    for asked in ("get_bucket_policy", "get_public_access_block"):
        with pytest.raises(s3.exceptions.ClientError, match=r"(?i)no such|does not (exist|have)|was not found"):
            getattr(s3, asked)(Bucket=name)
    changes.delete("bucket")


def test_a_table(changes: Changes, account: Account) -> None:
    def table(**more: Any) -> dict[str, Any]:
        return of(
            "DynamoDB::Table",
            TableName="changing",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            **more,
        )

    recovery = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    lifetime = {"TimeToLiveSpecification": {"AttributeName": "gone", "Enabled": True}}
    changes.make("table", Table=table(**lifetime))
    more = {"DeletionProtectionEnabled": True, "SSESpecification": {"SSEEnabled": True}}
    changes.change("table", Table=table(**recovery, **more))
    dynamodb = account.client("dynamodb")
    described = dynamodb.describe_table(TableName="changing")["Table"]
    assert described["DeletionProtectionEnabled"]
    changes.change("table", Table=table(DeletionProtectionEnabled=False))
    changes.delete("table")


def test_what_can_not_be_changed_here_is_refused(changes: Changes) -> None:
    def queue(team: str) -> dict[str, Any]:
        return of("SQS::Queue", QueueName="tagged", Tags=[{"Key": "team", "Value": team}])

    def table(name: str) -> dict[str, Any]:
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
        index = {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
        return of(
            "DynamoDB::Table",
            TableName="indexed",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=keys,
            GlobalSecondaryIndexes=[index],
        )

    for name, make, said in (
        ("tagged", queue, "can't change Tags"),
        ("indexed", table, "can't change GlobalSecondaryIndexes"),
    ):
        changes.make(name, It=make("one"))
        changed = {"It": {key: make("two")[key] for key in ("Type", "Properties")}}
        described = changes.deployer.plan(name, body_of(changed), "UPDATE", **IAM)
        assert (described["Status"], said in described["StatusReason"]) == ("FAILED", True)


def test_roles_and_policies(changes: Changes, account: Account) -> None:
    iam = account.client("iam")
    boundary = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
    iam_names = {"RoleName": "changing"}
    bare = of("IAM::Role", AssumeRolePolicyDocument=TRUST, RoleName="bare")

    def managed(action: str) -> dict[str, Any]:
        return of("IAM::ManagedPolicy", ManagedPolicyName="m", PolicyDocument=document(action))

    changes.make(
        "roles",
        Role=of(
            "IAM::Role",
            AssumeRolePolicyDocument=TRUST,
            Policies=[inline("a", "s3:*"), inline("b", "s3:*")],
            ManagedPolicyArns=[boundary],
            **iam_names,
        ),
        Policy=of("IAM::Policy", PolicyName="p", PolicyDocument=document("glue:*"), Roles=[{"Ref": "Bare"}]),
        Bare=bare,
        Managed=managed("logs:*"),
    )
    other = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Sid": "other"}]}  # type: ignore[dict-item]
    for action in ("logs:Describe*", "logs:Get*"):
        changes.change(
            "roles",
            Role=of(
                "IAM::Role",
                AssumeRolePolicyDocument=other,
                Description="changed",
                MaxSessionDuration=7200,
                Policies=[inline("b", "s3:Get*")],
                **iam_names,
            ),
            Policy=of("IAM::Policy", PolicyName="q", PolicyDocument=document("glue:Get*"), Roles=[{"Ref": "Bare"}]),
            Bare=bare,
            Managed=managed(action),
        )
    role = iam.get_role(**iam_names)["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("changed", 7200)
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Sid"] == "other"
    assert iam.list_role_policies(**iam_names)["PolicyNames"] == ["b"]
    assert iam.list_role_policies(RoleName="bare")["PolicyNames"] == ["q"]
    assert iam.list_attached_role_policies(**iam_names)["AttachedPolicies"] == []
    arn = changes.deployer.physical_id("roles", "Managed")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    default = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert default["Statement"][0]["Action"] == "logs:Get*"
    changes.delete("roles")


def test_queues_log_groups_and_schedules(changes: Changes, account: Account) -> None:
    def policy(sid: str) -> dict[str, Any]:
        return of("SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument={"Statement": [{"Sid": sid}]})

    def schedule(rate: str) -> dict[str, Any]:
        target = {"Arn": "arn:aws:scheduler:::aws-sdk:s3:putObject", "RoleArn": ROLE, "Input": "{}"}
        window = {"Mode": "OFF"}
        return of(
            "Scheduler::Schedule", Name="changing", ScheduleExpression=rate, FlexibleTimeWindow=window, Target=target
        )

    dead = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3}
    changes.make(
        "queues",
        Dead=of("SQS::Queue"),
        Queue=of("SQS::Queue", QueueName="changing", VisibilityTimeout=9, RedrivePolicy=dead),
        Policy=policy("One"),
        Group=of("Logs::LogGroup", LogGroupName="/changing", RetentionInDays=7),
        Tick=schedule("rate(1 day)"),
    )
    changes.change(
        "queues",
        Dead=of("SQS::Queue"),
        Queue=of("SQS::Queue", QueueName="changing", DelaySeconds=5),
        Policy=policy("Two"),
        Group=of("Logs::LogGroup", LogGroupName="/changing", RetentionInDays=30),
        Tick=schedule("rate(2 days)"),
    )
    sqs, url = account.client("sqs"), changes.deployer.physical_id("queues", "Queue")
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("30", "5")
    assert json.loads(found["Policy"])["Statement"] == [{"Sid": "Two"}]
    logs = account.client("logs")
    assert logs.describe_log_groups(logGroupNamePrefix="/changing")["logGroups"][0]["retentionInDays"] == 30
    assert account.client("scheduler").get_schedule(Name="changing")["ScheduleExpression"] == "rate(2 days)"
    changes.change("queues", Group=of("Logs::LogGroup", LogGroupName="/changing"))
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix="/changing")["logGroups"][0]
    changes.delete("queues")


def test_rules_and_their_targets(changes: Changes, account: Account) -> None:
    def rule(*names: str, **more: Any) -> dict[str, Any]:
        arns = [{"Id": name, "Arn": {"Fn::GetAtt": [name, "Arn"]}} for name in names]
        return of("Events::Rule", Name="changing", EventPattern={"source": ["aws.s3"]}, Targets=arns, **more)

    queues = {"A": of("SQS::Queue"), "B": of("SQS::Queue")}
    changes.make("rules", **queues, Rule=rule("A"))
    changes.change("rules", **queues, Rule=rule("B", Description="changed", State="DISABLED"))
    events = account.client("events")
    assert [target["Id"] for target in events.list_targets_by_rule(Rule="changing")["Targets"]] == ["B"]
    assert events.describe_rule(Name="changing")["State"] == "DISABLED"
    changes.delete("rules")


def test_glue_s_own(changes: Changes, account: Account) -> None:
    command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://code/x.py"}
    database = {"Name": "changing", "Description": "one"}
    targets = {"S3Targets": [{"Path": "s3://loglake-changing/tables/"}]}
    job = {"Name": "changing", "Role": ROLE, "Command": command, "GlueVersion": "5.1"}
    crawler = {"Name": "changing", "Role": ROLE, "DatabaseName": "changing", "Targets": targets}
    state = {"LogicalOperator": "EQUALS", "JobName": {"Ref": "Job"}, "State": "SUCCEEDED"}
    wake = {"Name": "wake", "WorkflowName": {"Ref": "Flow"}, "Actions": [{"JobName": {"Ref": "Job"}}]}
    after = {
        "Name": "after",
        "Type": "CONDITIONAL",
        "StartOnCreation": True,
        "WorkflowName": {"Ref": "Flow"},
        "Actions": [{"CrawlerName": {"Ref": "Crawler"}}],
    }
    schedule = {"Schedule": {"ScheduleExpression": "cron(15 12 * * ? *)"}}
    grant = of(
        "LakeFormation::PrincipalPermissions",
        Principal={"DataLakePrincipalIdentifier": ROLE},
        Resource={"Database": {"CatalogId": {"Ref": "AWS::AccountId"}, "Name": {"Ref": "Database"}}},
        Permissions=["DESCRIBE"],
        PermissionsWithGrantOption=[],
    )
    changes.make(
        "glue",
        Database=of("Glue::Database", CatalogId={"Ref": "AWS::AccountId"}, DatabaseInput=database),
        Grant=grant,
        Job=of("Glue::Job", **job),
        Crawler=of("Glue::Crawler", **crawler, **schedule, Description="one"),
        Flow=of("Glue::Workflow", Name="changing", Description="one"),
        Wake=of("Glue::Trigger", Type="ON_DEMAND", **wake),
        After={**of("Glue::Trigger", **after, Predicate={"Conditions": [state]})},
    )
    failed = {**state, "State": "FAILED"}
    changes.change(
        "glue",
        Database=of("Glue::Database", DatabaseInput={**database, "Description": "two"}),
        Job=of("Glue::Job", **job, Timeout=7),
        Crawler=of("Glue::Crawler", **crawler, TablePrefix="t_"),
        Flow=of("Glue::Workflow", Name="changing", MaxConcurrentRuns=2),
        Wake=of("Glue::Trigger", Type="ON_DEMAND", **wake, Description="two"),
        After={**of("Glue::Trigger", **after, Predicate={"Logical": "ANY", "Conditions": [state, failed]})},
    )
    glue, model = account.client("glue"), account.model
    assert glue.get_database(Name="changing")["Database"]["Description"] == "two"
    assert model.jobs["changing"].timeout_minutes == 7
    assert model.workflows["changing"].max_concurrent_runs == 2
    assert model.crawlers["changing"].schedule == ""
    predicate = model.triggers["after"].predicate
    assert predicate is not None
    assert len(predicate.conditions) == 2
    assert model.triggers["after"].state == "ACTIVATED"
    changes.delete("glue")
    assert not account.model.jobs
