"""The account: what moto does otherwise, and is replaced"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.conformance import rule
from support.glue_accounts import ROLE, crawler, job, trigger, workflow
from support.lakes import Lake, crawler_properties

from workflows.local.cloud.embedded_aws import EmbeddedAws
from workflows.local.templates.provision import deploy
from workflows.local.templates.template_yaml import TemplateError

pytestmark = pytest.mark.local

S3 = "S3 API, "
CFN = "CloudFormation user guide"


@rule("A template's Glue resources are made, and the API tells of them.", CFN)
def test_templates(deployed: Any) -> None:
    account = deployed(workflow(), job("a"), crawler("crawl-x"), trigger("first", "ON_DEMAND", "a"))
    assert account.glue.get_job(JobName="a")["Job"]["Role"] == ROLE
    assert account.glue.get_crawler(Name="crawl-x")["Crawler"]["DatabaseName"] == "logs"
    assert account.glue.get_trigger(Name="first")["Trigger"]["Type"] == "ON_DEMAND"


@rule(
    "A template may have any resource type.",
    CFN,
    differs="A type or property that the runtime doesn't have is refused by name, before anything is made.",
)
def test_other_resource_types(aws: EmbeddedAws, tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text("Resources:\n  Cluster:\n    Type: AWS::EMR::Cluster\n    Properties: {}\n")
    with pytest.raises(TemplateError, match="the resource type AWS::EMR::Cluster is not supported"):
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
    differs="The condition is ignored: the copy is made. A test of that race has to be made of fakes.",
)
def test_conditional_copies(s3: Any) -> None:
    s3.create_bucket(Bucket="lake")
    for key, body in (("from", b"new"), ("to", b"old")):
        s3.put_object(Bucket="lake", Key=key, Body=body)
    s3.copy_object(Bucket="lake", Key="to", CopySource={"Bucket": "lake", "Key": "from"}, IfNoneMatch="*")
    assert s3.get_object(Bucket="lake", Key="to")["Body"].read() == b"new"


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
    "A statement with a Condition in a bucket policy holds where the condition does.",
    "S3 user guide, Bucket policies",
    differs="Such statements are left out: moto takes them for unconditional ones.",
)
def test_conditional_policies(aws: EmbeddedAws, tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text(
        "Resources:\n  B: {Type: 'AWS::S3::Bucket', Properties: {BucketName: lake}}\n"
        "  P:\n    Type: AWS::S3::BucketPolicy\n"
        "    Properties:\n      Bucket: !Ref B\n      PolicyDocument:\n        Statement:\n          - {Effect: Deny, "
        "Principal: '*', Action: 's3:*', Resource: '*', Condition: {Bool: {'aws:SecureTransport': false}}}\n"
    )
    deploy(template, "stack", {}, aws.client)
    aws.client("s3").put_object(Bucket="lake", Key="k", Body=b"")  # not over TLS


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
    differs="The Athena API of the endpoint succeeds and finds nothing. It is loglake query that answers.",
)
def test_athena(aws: EmbeddedAws) -> None:
    athena = aws.client("athena")
    query = athena.start_query_execution(
        QueryString="select 1", ResultConfiguration={"OutputLocation": "s3://results/"}
    )["QueryExecutionId"]
    assert athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"] == []


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
