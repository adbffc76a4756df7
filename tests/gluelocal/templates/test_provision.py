"""Provisioning into the embedded AWS: the AWS APIs show what the template says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gluelocal.clock import SystemClock
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.model.reader import build_model
from gluelocal.templates.provision import DeployedStack, deploy
from gluelocal.templates.template import load_template
from gluelocal.templates.template_yaml import TemplateError

pytestmark = pytest.mark.local

Clients = Callable[[str], Any]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Clients of an empty account in Frankfurt."""
    with EmbeddedAws(SystemClock(), region="eu-central-1") as aws:
        yield aws.client


def put(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    return path


def made(tmp_path: Path, clients: Clients, text: str, **parameters: str) -> DeployedStack:
    return deploy(put(tmp_path, text), "stack", parameters, clients)


def test_buckets_have_their_settings(tmp_path: Path, clients: Clients) -> None:
    stack = made(
        tmp_path,
        clients,
        """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: AES256}
            BucketKeyEnabled: true
      PublicAccessBlockConfiguration: {BlockPublicAcls: "true", RestrictPublicBuckets: true}
      OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}
      VersioningConfiguration: {Status: Enabled}
      LifecycleConfiguration:
        Rules:
          - {Id: old, Status: Enabled, Prefix: staging/, ExpirationInDays: 30,
             NoncurrentVersionExpiration: {NoncurrentDays: 7}, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 2},
             Transitions: [{StorageClass: GLACIER, TransitionInDays: 10}]}
      Tags: [{Key: team, Value: logs}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - {Effect: Deny, Principal: "*", Action: s3:*, Resource: !Sub "${Bucket.Arn}/*",
             Condition: {Bool: {"aws:SecureTransport": "false"}}}
          - {Effect: Deny, Principal: "*", Action: s3:PutObject, Resource: !Sub "${Bucket.Arn}/frozen/*"}
Outputs:
  Name: {Value: !Ref Bucket}
  Arn: {Value: !GetAtt Bucket.Arn}
""",
    )
    s3, name = clients("s3"), stack.outputs["Name"]
    assert name.startswith("stack-bucket-")
    assert stack.outputs["Arn"] == f"arn:aws:s3:::{name}"
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert (block["BlockPublicAcls"], block["BlockPublicPolicy"]) == (True, False)
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    assert ownership["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rule = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
    assert (rule["ID"], rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("old", "staging/", 30)
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 2
    assert rule["Transitions"][0]["Days"] == 10
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "team", "Value": "logs"}]
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert policy["Version"] == "2012-10-17"
    assert [statement["Action"] for statement in policy["Statement"]] == ["s3:*", "s3:PutObject"]
    s3.put_object(Bucket=name, Key="free/one", Body=b"x")  # the embedded S3 can't require TLS
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket=name, Key="frozen/one", Body=b"x")


def test_a_bucket_with_eventbridge_sends_its_events(tmp_path: Path, clients: Clients) -> None:
    stack = made(
        tmp_path,
        clients,
        """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 3600}
  Glue:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3]}
      Targets: [{Id: flow, Arn: "arn:aws:glue:eu-central-1:1:workflow/flow", RoleArn: "arn:aws:iam::1:role/r"}]
  Rule:
    Type: AWS::Events::Rule
    Properties:
      State: ENABLED
      EventPattern: {source: [aws.s3], detail-type: [Object Created]}
      Targets: [{Id: queue, Arn: !GetAtt Queue.Arn}]
""",
    )
    bucket, url = stack.resources["Bucket"].physical_id, stack.resources["Queue"].physical_id
    clients("s3").put_object(Bucket=bucket, Key="requests/one", Body=b"{}")
    messages = clients("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    keys = [json.loads(message["Body"])["detail"]["object"]["key"] for message in messages]
    assert keys == ["requests/one"]  # the rule with the Glue target before it doesn't block this one
    glue = stack.resources["Glue"]
    assert glue.attributes["Arn"].endswith(f":rule/{glue.physical_id}")
    assert clients("events").list_targets_by_rule(Rule=glue.physical_id)["Targets"] == []


def test_tables_have_keys_indexes_and_switches(tmp_path: Path, clients: Clients) -> None:
    stack = made(
        tmp_path,
        clients,
        """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: ledger
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: state, AttributeType: S}
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: by-state
          KeySchema: [{AttributeName: state, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
      SSESpecification: {SSEEnabled: true}
      DeletionProtectionEnabled: true
Outputs:
  Arn: {Value: !GetAtt Table.Arn}
""",
    )
    dynamodb = clients("dynamodb")
    table = dynamodb.describe_table(TableName="ledger")["Table"]
    assert table["TableArn"] == stack.outputs["Arn"]
    assert table["GlobalSecondaryIndexes"][0]["IndexName"] == "by-state"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert dynamodb.describe_time_to_live(TableName="ledger")["TimeToLiveDescription"]["AttributeName"] == "expires"
    backups = dynamodb.describe_continuous_backups(TableName="ledger")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_roles_queues_groups_and_schedules(tmp_path: Path, clients: Clients) -> None:
    stack = made(
        tmp_path,
        clients,
        """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: &trust
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: glue.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: inline
          PolicyDocument: &policy
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: s3:GetObject, Resource: "*"}]
      ManagedPolicyArns: [!Ref Managed]
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: {PolicyDocument: *policy}
  Attached:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: attached, PolicyDocument: *policy, Roles: [!Ref Role]}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {QueueName: dead, SqsManagedSseEnabled: true, Tags: [{Key: a, Value: b}]}
  Queue:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Dead], PolicyDocument: *policy}
  Group:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /app/one, RetentionInDays: "30"}
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: hourly
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: {Mode: "OFF"}
      State: DISABLED
      Target:
        Arn: arn:aws:scheduler:::aws-sdk:s3:putObject
        RoleArn: !GetAtt Role.Arn
        Input: '{"Bucket":"b"}'
        RetryPolicy: {MaximumRetryAttempts: "2"}
Outputs:
  GroupArn: {Value: !GetAtt Group.Arn}
  QueueName: {Value: !GetAtt Queue.QueueName}
""",
    )
    role = stack.resources["Role"]
    iam, sqs = clients("iam"), clients("sqs")
    assert iam.get_role(RoleName=role.physical_id)["Role"]["Arn"] == role.attributes["Arn"]
    assert sorted(iam.list_role_policies(RoleName=role.physical_id)["PolicyNames"]) == ["attached", "inline"]
    attached = iam.list_attached_role_policies(RoleName=role.physical_id)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [stack.resources["Managed"].physical_id]
    dead = stack.resources["Dead"].physical_id
    attributes = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]
    assert attributes["QueueArn"] == stack.resources["Dead"].attributes["Arn"]
    assert "s3:GetObject" in attributes["Policy"]
    assert stack.outputs["QueueName"].startswith("stack-Queue-")
    group = clients("logs").describe_log_groups(logGroupNamePrefix="/app/one")["logGroups"][0]
    assert group["retentionInDays"] == 30
    assert stack.outputs["GroupArn"] == "arn:aws:logs:eu-central-1:123456789012:log-group:/app/one:*"
    schedule = clients("scheduler").get_schedule(Name="hourly")
    assert (schedule["State"], schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"]) == ("DISABLED", 2)


GLUE = """
Parameters:
  Size: {Type: Number, Default: 7}
Resources:
  Database:
    Type: AWS::Glue::Database
    Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {Name: lake}}
  Export:
    Type: AWS::Glue::Job
    Properties:
      Name: export
      Role: role
      Command: {Name: pythonshell, PythonVersion: 3.9, ScriptLocation: s3://code/export.py}
      MaxCapacity: 0.0625
      Timeout: 60
      DefaultArguments: {"--size": !Ref Size, "--on": true}
  Convert:
    Type: AWS::Glue::Job
    Properties:
      Role: role
      GlueVersion: "6.0"
      Command: {Name: glueetl, ScriptLocation: s3://code/convert.py}
      MaxRetries: "1"
      ExecutionProperty: {MaxConcurrentRuns: "2"}
  Crawl:
    Type: AWS::Glue::Crawler
    Properties:
      Name: crawl
      Role: role
      DatabaseName: !Ref Database
      Targets: {S3Targets: [{Path: s3://lake/tables/, Exclusions: ["x/**"]}]}
      Schedule: {ScheduleExpression: "cron(0 1 * * ? *)"}
      RecrawlPolicy: {RecrawlBehavior: CRAWL_EVERYTHING}
  Flow:
    Type: AWS::Glue::Workflow
    Properties: {Name: flow, MaxConcurrentRuns: 1, DefaultRunProperties: {mode: normal}}
  Wake:
    Type: AWS::Glue::Trigger
    Properties:
      Name: wake
      Type: EVENT
      WorkflowName: !Ref Flow
      EventBatchingCondition: {BatchSize: !Ref Size, BatchWindow: 60}
      Actions: [{JobName: !Ref Export, Arguments: {"--a": 1}, Timeout: 5}]
  Then:
    Type: AWS::Glue::Trigger
    Properties:
      Type: CONDITIONAL
      StartOnCreation: "true"
      WorkflowName: !Ref Flow
      Predicate:
        Logical: ANY
        Conditions:
          - {LogicalOperator: EQUALS, JobName: !Ref Export, State: SUCCEEDED}
          - {LogicalOperator: EQUALS, JobName: !Ref Export, State: FAILED}
      Actions: [{JobName: !Ref Convert}, {CrawlerName: !Ref Crawl}]
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3]}
      Targets:
        - Id: flow
          Arn: !Sub "arn:aws:glue:${AWS::Region}:${AWS::AccountId}:workflow/${Flow}"
          RoleArn: arn:aws:iam::123456789012:role/r
"""


def test_glue_resources_are_in_the_api_and_in_the_model(tmp_path: Path, clients: Clients) -> None:
    stack = made(tmp_path, clients, GLUE)
    glue = clients("glue")
    assert glue.get_database(Name="lake")["Database"]["Name"] == "lake"
    assert glue.get_job(JobName="export")["Job"]["Command"]["PythonVersion"] == "3.9"
    assert glue.get_crawler(Name="crawl")["Crawler"]["Targets"]["S3Targets"][0]["Path"] == "s3://lake/tables/"
    assert glue.get_workflow(Name="flow")["Workflow"]["DefaultRunProperties"] == {"mode": "normal"}
    assert glue.get_trigger(Name="wake")["Trigger"]["EventBatchingCondition"] == {"BatchSize": 7, "BatchWindow": 60}

    model = build_model([stack])
    convert = model.jobs[stack.resources["Convert"].physical_id]
    assert (convert.max_retries, convert.max_concurrent_runs, convert.timeout_minutes) == (1, 2, 480)
    export = model.jobs["export"]
    assert (export.python_version, export.timeout_minutes) == ("3.9", 60)
    assert export.default_arguments == {"--size": "7", "--on": "true"}
    assert model.workflows["flow"].max_concurrent_runs == 1
    wake, then = model.triggers_of("flow")
    assert wake.event_batching_condition is not None
    assert (wake.event_batching_condition.batch_size, wake.event_batching_condition.batch_window_s) == (7, 60)
    assert (wake.actions[0].arguments, wake.actions[0].timeout_minutes) == ({"--a": "1"}, 5)
    assert then.start_on_creation
    assert then.predicate is not None
    assert [condition.state for condition in then.predicate.conditions] == ["SUCCEEDED", "FAILED"]
    assert model.crawlers["crawl"].properties["DatabaseName"] == "lake"
    (rule,) = model.rules.values()
    assert (rule.workflow_names(), rule.state, rule.event_pattern) == (("flow",), "ENABLED", {"source": ["aws.s3"]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{A: {Type: AWS::EMR::Cluster}}",
            "A: the local runtime doesn't support AWS::EMR::Cluster",
        ),
        (
            "{A: {Type: AWS::S3::Bucket, Properties: {AccelerateConfiguration: {}}}}",
            "support AccelerateConfiguration of",
        ),
        (
            "{A: {Type: AWS::Glue::Workflow, Properties: {Name: f, MaxConcurrentRuns: many}}}",
            "A (AWS::Glue::Workflow): CreateWorkflow.MaxConcurrentRuns must be of type integer, not 'many'",
        ),
        (
            "{A: {Type: AWS::Glue::Job, Properties: {Role: r, Command: {Nme: pythonshell}}}}",
            "CreateJob.Command: Nme is not supported",
        ),
        ("{A: {Type: AWS::Glue::Job, Properties: {Role: r, Command: x}}}", "CreateJob.Command must be a mapping"),
        (
            "{A: {Type: AWS::Glue::Trigger, Properties: {Type: EVENT, Actions: {}}}}",
            "CreateTrigger.Actions must be a list",
        ),
        ("{A: {Type: AWS::Glue::Job, Properties: {Role: {}, Command: {}}}}", "CreateJob.Role must be of type string"),
        ("{A: {Type: AWS::IAM::Role, Properties: {RoleName: r}}}", "the property AssumeRolePolicyDocument is missing"),
        (
            "{A: {Type: AWS::Glue::Job, Properties: {Name: j}}}",
            "glue:CreateJob was refused: Parameter validation failed",
        ),
        (
            "{A: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 hour), "
            "Targets: [{Id: x, Arn: 'arn:aws:lambda:r:1:function:f'}]}}}",
            "is neither a Glue workflow nor one of",
        ),
        (
            "{A: {Type: AWS::S3::Bucket, Properties: {LifecycleConfiguration: {Rules: [{Statu: Enabled}]}}}}",
            "LifecycleConfiguration.Rules: Statu is not supported",
        ),
        (
            "{A: {Type: AWS::S3::Bucket, Properties: {NotificationConfiguration: {TopicConfigurations: []}}}}",
            "NotificationConfiguration: TopicConfigurations is not supported",
        ),
        (
            "{A: {Type: AWS::Glue::Workflow}, B: {Type: AWS::Glue::Workflow, Properties: {Name: !GetAtt A.Arn}}}",
            "GetAtt A.Arn",
        ),
    ],
)
def test_what_cannot_be_made_is_an_error(tmp_path: Path, clients: Clients, text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        made(tmp_path, clients, f"Resources: {text}")
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'template.yaml'}: ")


def test_a_resource_whose_condition_is_false_is_not_made(tmp_path: Path, clients: Clients) -> None:
    text = """
Parameters: {Env: {Type: String, Default: dev}}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  A: {Type: AWS::S3::Bucket, Condition: Prod}
  B: {Type: AWS::Glue::Workflow, Properties: {Name: !If [Prod, !Ref A, dev]}}
"""
    assert list(made(tmp_path, clients, text).resources) == ["B"]
    with pytest.raises(TemplateError, match=r"B: Ref A refers to nothing: A is not created"):
        made(tmp_path, clients, text.replace("!If [Prod, !Ref A, dev]", "!Ref A"))


def test_names_are_the_same_for_the_same_stack_and_fit(tmp_path: Path, clients: Clients) -> None:
    path = put(tmp_path, f"Resources: {{{'A' * 80}: {{Type: AWS::S3::Bucket}}}}")
    first = deploy(path, "one", {}, clients).resources["A" * 80].physical_id
    second = deploy(path, "two", {}, clients).resources["A" * 80].physical_id
    assert first != second
    assert (len(first), first.lower()) == (63, first)


def test_the_projects_own_templates_deploy(clients: Clients) -> None:
    known = {
        "ExportScriptUri": "s3://code/export.py",
        "LookScriptUri": "s3://code/look.py",
        "ConvertScriptUri": "s3://code/convert.py",
        "WheelUri": "s3://code/glue_jobs.whl",
        "WheelsUri": "s3://code/glue_jobs.gluewheels.zip",
        "DatasetsUri": "s3://code/datasets.json",
    }
    stacks = []
    for name in ("infra/storage", "infra/access", "workflows/log_lake", "infra/events"):
        path = ROOT / f"{name}.yaml"
        wanted = load_template(path).parameters
        stacks.append(deploy(path, path.stem, {key: item for key, item in known.items() if key in wanted}, clients))
        known.update(stacks[-1].outputs)
    model = build_model(stacks)
    assert {job.command for job in model.jobs.values()} == {"pythonshell", "glueetl"}
    assert {name for rule in model.rules.values() for name in rule.workflow_names()} == {*model.workflows}
    for name in ("ControlBucket", "RawBucket", "LakeBucket"):
        clients("s3").put_object(Bucket=known[name], Key="key", Body=b"x")
