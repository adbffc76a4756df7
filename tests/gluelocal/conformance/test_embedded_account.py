"""The account: what moto does otherwise, and is replaced"""

from __future__ import annotations

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.conformance import rule
from support.gluelocal.crawled import Lake, crawler_properties
from support.gluelocal.glue_accounts import ROLE, crawler, job, trigger, workflow

from gluelocal.athena.api import AthenaApi
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.templates.provision import deploy
from gluelocal.templates.template_yaml import TemplateError

pytestmark = pytest.mark.local

S3 = "S3 API, "
CFN = "CloudFormation user guide"


@rule("A template's Glue resources are made, and the API tells of them.", CFN)
def test_templates(deployed: Any) -> None:
    account = deployed(workflow(), job("a"), crawler("crawl-x"), trigger("first", "ON_DEMAND", "a"))
    assert account.glue.get_job(JobName="a")["Job"]["Role"] == ROLE
    assert account.glue.get_crawler(Name="crawl-x")["Crawler"]["DatabaseName"] == "logs"
    assert account.glue.get_trigger(Name="first")["Trigger"]["Type"] == "ON_DEMAND"


@rule("So are its bucket policies, rules, schedules, queues and tables.", CFN)
def test_other_resources(deployed: Any) -> None:
    nothing = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::box/*"}
    policy = {"Bucket": {"Ref": "Box"}, "PolicyDocument": {"Statement": [nothing]}}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:s3:listBuckets", "RoleArn": ROLE, "Input": "{}"}
    tick = {
        "Name": "tick",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
    }
    ledger = {
        "TableName": "ledger",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    resources = {
        "Box": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "box"}},
        "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Name": "r", "EventPattern": {"source": ["aws.s3"]}}},
        "Tick": {"Type": "AWS::Scheduler::Schedule", "Properties": tick},
        "Ledger": {"Type": "AWS::DynamoDB::Table", "Properties": ledger},
    }
    aws = deployed(workflow(), job("a"), trigger("first", "ON_DEMAND", "a"), resources).aws
    reported = json.loads(aws.client("s3").get_bucket_policy(Bucket="box")["Policy"])
    assert reported["Statement"] == [nothing]
    assert aws.client("sqs").get_queue_url(QueueName="q")["QueueUrl"].endswith("/q")
    assert json.loads(aws.client("events").describe_rule(Name="r")["EventPattern"]) == {"source": ["aws.s3"]}
    assert aws.client("scheduler").get_schedule(Name="tick")["ScheduleExpression"] == "rate(1 hour)"
    assert aws.client("dynamodb").describe_table(TableName="ledger")["Table"]["TableStatus"] == "ACTIVE"


@rule(
    "A template may have any resource type.",
    CFN,
    differs="A type or property that the runtime doesn't have is refused by name, before anything is made.",
)
def test_other_resource_types(aws: EmbeddedAws, tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text("Resources:\n  Cluster:\n    Type: AWS::EMR::Cluster\n    Properties: {}\n")
    with pytest.raises(TemplateError, match="the local runtime doesn't support AWS::EMR::Cluster"):
        deploy(template, "stack", {}, aws.client)


@rule("PutObject with IfNoneMatch * fails with 412 where the key is there; IfMatch wants the ETag.", S3 + "PutObject")
def test_conditional_puts(s3: Any) -> None:
    s3.create_bucket(Bucket="lake")
    etag = s3.put_object(Bucket="lake", Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"0"'}):
        with pytest.raises(ClientError) as caught:
            s3.put_object(Bucket="lake", Key="k", Body=b"2", **condition)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    s3.put_object(Bucket="lake", Key="k", Body=b"3", IfMatch=etag)
    assert s3.get_object(Bucket="lake", Key="k")["Body"].read() == b"3"


@rule(
    "CopyObject with IfNoneMatch * fails with 412 where the key is there.",
    S3 + "CopyObject",
)
def test_conditional_copies(s3: Any) -> None:
    s3.create_bucket(Bucket="lake")
    for key, body in (("from", b"new"), ("to", b"old")):
        s3.put_object(Bucket="lake", Key=key, Body=body)
    source = {"Bucket": "lake", "Key": "from"}
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket="lake", Key="to", CopySource=source, IfNoneMatch="*")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert caught.value.response["Error"]["Code"] == "PreconditionFailed"
    assert s3.get_object(Bucket="lake", Key="to")["Body"].read() == b"old"
    s3.copy_object(Bucket="lake", Key="ü new", CopySource=source, IfNoneMatch="*")
    assert s3.get_object(Bucket="lake", Key="ü new")["Body"].read() == b"new"
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.copy_object(Bucket="none", Key="to", CopySource=source, IfNoneMatch="*")


@rule("Of many conditional copies to one key at once, one is made.", S3 + "CopyObject, IfNoneMatch")
def test_conditional_copies_at_once(s3: Any) -> None:
    s3.create_bucket(Bucket="lake")
    for number in range(8):
        s3.put_object(Bucket="lake", Key=str(number), Body=str(number).encode())

    def copied(number: int) -> bool:
        source = {"Bucket": "lake", "Key": str(number)}
        try:
            s3.copy_object(Bucket="lake", Key="to", CopySource=source, IfNoneMatch="*")
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(copied, range(8)))
    assert made.count(True) == 1
    assert s3.get_object(Bucket="lake", Key="to")["Body"].read() == str(made.index(True)).encode()


@rule("Conditional writes of DynamoDB are honoured.", "DynamoDB API, PutItem, ConditionExpression")
def test_dynamodb(aws: EmbeddedAws) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = {"TableName": "t", "Item": {"k": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(k)"}
    dynamodb.put_item(**put)
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**put)


@rule("DescribeLogStreams pages through all streams, whatever their names.", "CloudWatch Logs API, DescribeLogStreams")
def test_log_streams(aws: EmbeddedAws) -> None:
    for number in range(60):
        aws.log_store.load("/app", f"a@{number:02d}", [(1, "x")], 1)
    pages = aws.client("logs").get_paginator("describe_log_streams").paginate(logGroupName="/app")
    assert len({stream["logStreamName"] for page in pages for stream in page["logStreams"]}) == 60


@rule(
    "A page of FilterLogEvents has at most 10,000 events and 1 MB, in order of time; it may be empty and have a token.",
    "CloudWatch Logs API, FilterLogEvents",
)
def test_pages_of_events(aws: EmbeddedAws) -> None:
    aws.log_store.load("/app", "web", [(number, "x" * 1000) for number in range(5_000)], 5_000)
    paginator = aws.client("logs").get_paginator("filter_log_events")
    pages = list(paginator.paginate(logGroupName="/app", PaginationConfig={"PageSize": 100}))
    assert [event["timestamp"] for page in pages for event in page["events"]] == list(range(5_000))
    assert max(sum(len(event["message"]) for event in page["events"]) for page in pages) < 1024 * 1024
    assert any("nextToken" in page and not page["events"] for page in pages)


TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}


@rule(
    "Statements with a Condition in a bucket policy are for everybody.",
    "S3 user guide, Bucket policies",
    differs="They are looked at where CloudWatch Logs exports. For other callers they are kept and not looked at.",
)
def test_conditional_policies_for_others(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="lake")
    nobody = {**TLS, "Condition": {"StringLike": {"aws:PrincipalAccount": "*"}}}
    s3.put_bucket_policy(Bucket="lake", Policy=json.dumps({"Statement": [nobody]}))
    s3.put_object(Bucket="lake", Key="k", Body=b"")
    s3.delete_bucket_policy(Bucket="lake")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="lake")


@rule("GetTables and GetPartitions tell what a crawl wrote, when it has been written.", "Glue API, GetTables")
def test_tables_while_they_come(deployed: Any) -> None:
    account = deployed(
        workflow(), job("a"), crawler("crawl-x", **_catalogued()), trigger("first", "ON_DEMAND", "crawl-x"), real=True
    )
    lake = Lake(account.aws.client("s3"), account.glue)
    lake.put("tables/app/dt=1/x.parquet", {"a": [1]})

    account.start()
    account.runtime.run_until_idle(30)
    assert account.states() == {"crawl-x": "SUCCEEDED"}
    assert (lake.names(), list(lake.partitions("app"))) == (["app"], [("1",)])


@rule(
    "Athena answers SQL over the catalog's tables.",
    "Athena API, StartQueryExecution",
    differs="SELECT, SHOW, DESCRIBE and EXPLAIN are answered, as the page on querying says. CTAS, INSERT and UNLOAD "
    "fail with the reason, a result is never reused, and one query runs at a time.",
)
def test_athena(aws: EmbeddedAws) -> None:
    aws.client("s3").create_bucket(Bucket="results")
    api = AthenaApi(aws, lambda: 0)
    aws.services.append(api.service)
    athena = aws.client("athena")
    states = {}
    for sql in ("SELECT 7 / 2", "CREATE TABLE x AS SELECT 1"):
        query = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": "s3://results/"})[
            "QueryExecutionId"
        ]
        while (found := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]) in {
            "QUEUED",
            "RUNNING",
        }:
            time.sleep(0.05)
        states[sql] = found
    api.close()
    assert list(states.values()) == ["SUCCEEDED", "FAILED"]


@rule(
    "A scheduled request's body is taken as text or as base64; which one is not said.",
    "EventBridge Scheduler API, Target, Input",
    differs="It is put as it is given. Nothing here reads it.",
)
def test_scheduled_bodies(deployed: Any) -> None:
    text = base64.b64encode(b"{}").decode()
    tick = {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "Name": "tick",
            "ScheduleExpression": "rate(1 minute)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": "arn:aws:scheduler:::aws-sdk:s3:putObject",
                "RoleArn": ROLE,
                "Input": f'{{"Bucket": "control", "Key": "k", "Body": "{text}"}}',
            },
        },
    }
    account = deployed(workflow(), job("a"), trigger("first", "ON_DEMAND", "a"), {"Tick": tick})
    s3 = account.aws.client("s3")
    s3.create_bucket(Bucket="control")
    account.later(60)
    assert s3.get_object(Bucket="control", Key="k")["Body"].read() == text.encode()


def _catalogued() -> dict[str, Any]:
    given = crawler_properties()
    return {name: given[name] for name in ("Configuration", "SchemaChangePolicy", "RecrawlPolicy")}
