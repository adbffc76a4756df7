"""The accesses that calls of boto3 need."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError
from support.local.requests import FORM, environ

from gluelocal.clock import SystemClock
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.wire.calls import Answer, Call, error_answer, read_call
from gluelocal.iam.accesses import accesses
from gluelocal.iam.policies import UNKNOWN, Access

pytestmark = pytest.mark.local

PLACE = "us-east-1:123456789012"
TABLE = f"arn:aws:dynamodb:{PLACE}:table"
GLUE = f"arn:aws:glue:{PLACE}"
LOGS = f"arn:aws:logs:{PLACE}:log-group"
ALARM = f"arn:aws:cloudwatch:{PLACE}:alarm"
STREAM = f"arn:aws:firehose:{PLACE}:deliverystream/s"
DASHBOARD = "arn:aws:cloudwatch::123456789012:dashboard/d"
TITLE = {"TopicArn": "arn:t", "AttributeName": "DisplayName"}
POLICIES = {"policyType": "SUBSCRIPTION_FILTER_POLICY"}
BUDGET = "arn:aws:budgets::123456789012:budget/b"
CONTEXT = {"aws:requestedregion": ("us-east-1",)}


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(SystemClock()) as embedded:
        yield embedded


Ask = Callable[[str, str, dict[str, Any]], list[Access]]
"""Takes a service, a method of its boto3 client and parameters; gives what that needs."""


@pytest.fixture
def ask(aws: EmbeddedAws) -> Ask:
    """Makes a call that gets an error and is not executed."""
    found: list[Access] = []

    def guard(call: Call) -> Answer | None:
        if call.caller != "somebody":
            return None
        found.extend(accesses(call, "123456789012", CONTEXT))
        return error_answer(call, 403, "Seen", "seen")

    def asked(service: str, operation: str, parameters: dict[str, Any]) -> list[Access]:
        found.clear()
        method = getattr(aws.client_as(aws.keys.of("somebody"), service), operation)
        aws.guard = guard
        with pytest.raises(ClientError):
            method(**parameters)
        return list(found)

    return asked


def reported(needed: list[Access]) -> list[tuple[str, str]]:
    return [(access.action, access.resource) for access in needed]


S3 = "arn:aws:s3:::"
BUCKET: dict[str, Any] = {"Bucket": "b"}
KEY: dict[str, Any] = {"Bucket": "b", "Key": "a/k ü+%.gz"}
OBJECT = f"{S3}b/a/k ü+%.gz"
PART: dict[str, Any] = {**KEY, "UploadId": "u", "PartNumber": 1}
SOURCE = {"Bucket": "c", "Key": "x/y ü"}
COPY = [("s3:PutObject", OBJECT), ("s3:GetObject", f"{S3}c/x/y ü")]


@pytest.mark.parametrize(
    ("operation", "parameters", "needs"),
    [
        ("get_object", KEY, [("s3:GetObject", OBJECT)]),
        ("get_object", {**KEY, "VersionId": "v"}, [("s3:GetObjectVersion", OBJECT)]),
        ("head_object", KEY, [("s3:GetObject", OBJECT)]),
        ("put_object", {**KEY, "Body": b"x"}, [("s3:PutObject", OBJECT)]),
        ("put_object", {**KEY, "Tagging": "a=b"}, [("s3:PutObject", OBJECT), ("s3:PutObjectTagging", OBJECT)]),
        ("copy_object", {**KEY, "CopySource": SOURCE}, COPY),
        ("upload_part_copy", {**PART, "CopySource": SOURCE}, COPY),
        ("create_multipart_upload", KEY, [("s3:PutObject", OBJECT)]),
        ("upload_part", {**PART, "Body": b"x"}, [("s3:PutObject", OBJECT)]),
        ("complete_multipart_upload", {**KEY, "UploadId": "u"}, [("s3:PutObject", OBJECT)]),
        ("abort_multipart_upload", {**KEY, "UploadId": "u"}, [("s3:AbortMultipartUpload", OBJECT)]),
        ("delete_object", KEY, [("s3:DeleteObject", OBJECT)]),
        (
            "delete_objects",
            {**BUCKET, "Delete": {"Objects": [{"Key": "a&b"}, {"Key": "ü"}]}},
            [("s3:DeleteObject", f"{S3}b/a&b"), ("s3:DeleteObject", f"{S3}b/ü")],
        ),
        ("list_objects_v2", {**BUCKET, "Prefix": "a/"}, [("s3:ListBucket", f"{S3}b")]),
        ("list_objects", BUCKET, [("s3:ListBucket", f"{S3}b")]),
        ("head_bucket", BUCKET, [("s3:ListBucket", f"{S3}b")]),
        ("get_bucket_location", BUCKET, [("s3:GetBucketLocation", f"{S3}b")]),
        ("get_bucket_encryption", BUCKET, [("s3:GetEncryptionConfiguration", f"{S3}b")]),
        ("list_buckets", {}, [("s3:ListAllMyBuckets", "*")]),
    ],
)  # fmt: skip
def test_s3(ask: Ask, operation: str, parameters: Any, needs: Any) -> None:
    assert reported(ask("s3", operation, parameters)) == needs


def test_the_condition_keys_of_s3(ask: Ask) -> None:
    (listed,) = ask("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "a/", "Delimiter": "/", "MaxKeys": 5})
    assert listed.context == {**CONTEXT, "s3:prefix": ("a/",), "s3:delimiter": ("/",), "s3:max-keys": ("5",)}
    put, acl = ask("s3", "put_object", {**KEY, "ACL": "private", "IfNoneMatch": "*"})
    assert put.context == {**CONTEXT, "s3:x-amz-acl": ("private",), "s3:if-none-match": ("*",)}
    assert (acl.action, acl.resource) == ("s3:PutObjectAcl", OBJECT)


ITEM: dict[str, Any] = {"k": {"S": "v"}}
PARTITIONS: dict[str, Any] = {"DatabaseName": "d", "TableName": "t", "PartitionInputList": []}
RUN: dict[str, Any] = {"Name": "w", "RunId": "r", "RunProperties": {}}
GROUP = f"{LOGS}:/app"
SECRET = f"arn:aws:secretsmanager:{PLACE}:secret"
TAKEN_ON = {"RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "me"}
EXPORT = {"logGroupName": "/app", "fromTime": 0, "to": 1, "destination": "raw", "destinationPrefix": "exports/x"}
IN_TABLE = [f"{GLUE}:catalog", f"{GLUE}:database/d", f"{GLUE}:table/d/t"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needs"),
    [
        ("dynamodb", "put_item", {"TableName": "t", "Item": ITEM}, ("PutItem", [f"{TABLE}/t"])),
        ("dynamodb", "query", {"TableName": "t"}, ("Query", [f"{TABLE}/t"])),
        ("dynamodb", "query", {"TableName": f"{TABLE}/t", "IndexName": "new"}, ("Query", [f"{TABLE}/t/index/new"])),
        ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [ITEM]}}}, ("BatchGetItem", [f"{TABLE}/t"])),
        (
            "dynamodb",
            "transact_write_items",
            {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}]},
            ("PutItem", [f"{TABLE}/t"]),
        ),
        ("dynamodb", "list_tables", {}, ("ListTables", ["*"])),
        ("dynamodb", "execute_statement", {"Statement": "SELECT * FROM t"}, ("ExecuteStatement", [""])),
        ("logs", "describe_log_groups", {}, ("DescribeLogGroups", [f"{LOGS}::log-stream:"])),
        ("logs", "describe_log_streams", {"logGroupName": "/a"}, ("DescribeLogStreams", [f"{LOGS}:/a:log-stream:"])),
        (
            "logs",
            "put_log_events",
            {"logGroupName": "/app", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "x"}]},
            ("PutLogEvents", [f"{LOGS}:/app:log-stream:s"]),
        ),
        ("logs", "describe_log_streams", {"logGroupIdentifier": GROUP}, ("DescribeLogStreams", [GROUP])),
        ("logs", "describe_export_tasks", {}, ("DescribeExportTasks", ["*"])),
        ("glue", "put_workflow_run_properties", RUN, ("PutWorkflowRunProperties", [f"{GLUE}:workflow/w"])),
        ("glue", "start_job_run", {"JobName": "j"}, ("StartJobRun", [f"{GLUE}:job/j"])),
        ("glue", "start_crawler", {"Name": "c"}, ("StartCrawler", [f"{GLUE}:crawler/c"])),
        ("glue", "get_trigger", {"Name": "t"}, ("GetTrigger", [f"{GLUE}:trigger/t"])),
        ("glue", "get_crawlers", {}, ("GetCrawlers", ["*"])),
        ("glue", "get_tables", {"DatabaseName": "d"}, ("GetTables", [*IN_TABLE[:2], f"{GLUE}:table/d/*"])),
        ("glue", "get_table", {"DatabaseName": "d", "Name": "t"}, ("GetTable", IN_TABLE)),
        ("glue", "create_table", {"DatabaseName": "d", "TableInput": {"Name": "t"}}, ("CreateTable", IN_TABLE)),
        ("glue", "batch_create_partition", PARTITIONS, ("BatchCreatePartition", IN_TABLE)),
        ("glue", "batch_delete_table", {"DatabaseName": "d", "TablesToDelete": ["t"]}, ("BatchDeleteTable", IN_TABLE)),
        ("glue", "get_database", {"Name": "d"}, ("GetDatabase", IN_TABLE[:2])),
        ("glue", "get_databases", {}, ("GetDatabases", [IN_TABLE[0], f"{GLUE}:database/*"])),
        ("glue", "create_database", {"DatabaseInput": {"Name": "d"}}, ("CreateDatabase", IN_TABLE[:2])),
        ("glue", "get_connections", {}, ("GetConnections", [""])),
        ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": []}, ("PutMetricData", ["*"])),
        ("cloudwatch", "delete_alarms", {"AlarmNames": ["a", "b"]}, ("DeleteAlarms", [f"{ALARM}:a", f"{ALARM}:b"])),
        ("cloudwatch", "describe_alarms", {}, ("DescribeAlarms", [f"{ALARM}:*"])),
        ("cloudwatch", "get_dashboard", {"DashboardName": "d"}, ("GetDashboard", [DASHBOARD])),
        ("cloudwatch", "list_metric_streams", {}, ("ListMetricStreams", ["*"])),
        ("cloudwatch", "describe_insight_rules", {}, ("DescribeInsightRules", [""])),
        ("sns", "create_topic", {"Name": "t"}, ("CreateTopic", [f"arn:aws:sns:{PLACE}:t"])),
        ("sns", "set_topic_attributes", TITLE, ("SetTopicAttributes", ["arn:t"])),
        ("sns", "unsubscribe", {"SubscriptionArn": "arn:t:1"}, ("Unsubscribe", ["arn:t:1"])),
        ("sns", "list_topics", {}, ("ListTopics", ["*"])),
        ("athena", "get_work_group", {"WorkGroup": "w"}, ("GetWorkGroup", [f"arn:aws:athena:{PLACE}:workgroup/w"])),
        ("athena", "create_work_group", {"Name": "w"}, ("CreateWorkGroup", [f"arn:aws:athena:{PLACE}:workgroup/w"])),
        ("athena", "delete_named_query", {"NamedQueryId": "1"}, ("DeleteNamedQuery", [""])),
        ("firehose", "describe_delivery_stream", {"DeliveryStreamName": "s"}, ("DescribeDeliveryStream", [STREAM])),
        ("firehose", "list_delivery_streams", {}, ("ListDeliveryStreams", ["*"])),
        ("budgets", "delete_budget", {"AccountId": "123456789012", "BudgetName": "b"}, ("ModifyBudget", [BUDGET])),
        ("budgets", "describe_budget", {"AccountId": "123456789012", "BudgetName": "b"}, ("ViewBudget", [BUDGET])),
        ("logs", "describe_account_policies", POLICIES, ("DescribeAccountPolicies", ["*"])),
        (
            "sqs",
            "send_message_batch",
            {"QueueUrl": "https://sqs/1/q", "Entries": [{"Id": "1", "MessageBody": "x"}]},
            ("SendMessage", [f"arn:aws:sqs:{PLACE}:q"]),
        ),
        ("sqs", "list_queues", {}, ("ListQueues", ["*"])),
        ("secretsmanager", "get_secret_value", {"SecretId": "a/b"}, ("GetSecretValue", [f"{SECRET}:a/b-Ab1Cd2"])),
        ("secretsmanager", "get_secret_value", {"SecretId": f"{SECRET}:x"}, ("GetSecretValue", [f"{SECRET}:x"])),
        ("ssm", "get_parameter", {"Name": "/a/b"}, ("GetParameter", [f"arn:aws:ssm:{PLACE}:parameter/a/b"])),
        ("sts", "assume_role", TAKEN_ON, ("AssumeRole", ["arn:aws:iam::1:role/r"])),
        ("athena", "list_work_groups", {}, ("ListWorkGroups", [""])),
    ],
)  # fmt: skip
def test_other_services(ask: Ask, service: str, operation: str, parameters: Any, needs: tuple[str, list[str]]) -> None:
    action, resources = needs
    assert reported(ask(service, operation, parameters)) == [
        (f"{service}:{action}", resource) for resource in resources
    ]


@pytest.mark.parametrize(
    ("operation", "members", "needs"),
    [
        ("GetQueueAttributes", {"QueueUrl": "https://sqs/1/q"}, ("GetQueueAttributes", "q")),
        ("SendMessageBatch", {"QueueUrl": "https://sqs/1/q"}, ("SendMessage", "q")),
        ("CreateQueue", {"QueueName": "q"}, ("CreateQueue", "q")),
    ],
)
def test_a_queue_is_known_from_the_form_of_an_older_client(
    operation: str, members: dict[str, str], needs: tuple[str, str]
) -> None:
    form = urlencode({"Action": operation, "Version": "2012-11-05", **members}).encode()
    body = {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(form)), "wsgi.input": io.BytesIO(form)}
    call = read_call(environ("POST", "/1/q", "sqs", **body))
    action, queue = needs
    assert reported(accesses(call, "123456789012", CONTEXT)) == [
        (f"sqs:{action}", f"arn:aws:sqs:eu-west-1:123456789012:{queue}")
    ]


def test_whoever_subscribes_hands_a_role_over(ask: Ask) -> None:
    role = "arn:aws:iam::123456789012:role/r"
    to = {"destinationArn": STREAM, "roleArn": role}
    assert reported(
        ask("logs", "put_subscription_filter", {"logGroupName": "/app", "filterName": "f", "filterPattern": "", **to})
    ) == [
        ("logs:PutSubscriptionFilter", f"{LOGS}:/app:log-stream:"),
        ("iam:PassRole", role),
    ]
    policy = {"policyName": "p", "policyType": "SUBSCRIPTION_FILTER_POLICY"}
    for document, passed in ((json.dumps({"RoleArn": role}), [("iam:PassRole", role)]), ("no JSON", [])):
        needed = reported(ask("logs", "put_account_policy", {**policy, "policyDocument": document}))
        assert needed == [("logs:PutAccountPolicy", "*"), *passed]


def test_a_delivery_stream_gets_a_role(ask: Ask) -> None:
    role = "arn:aws:iam::123456789012:role/r"
    destination = {"RoleARN": role, "BucketARN": "arn:aws:s3:::raw"}
    given = {"DeliveryStreamName": "s", "ExtendedS3DestinationConfiguration": destination}
    assert reported(ask("firehose", "create_delivery_stream", given)) == [
        ("firehose:CreateDeliveryStream", STREAM),
        ("iam:PassRole", role),
    ]


def test_whoever_exports_must_be_allowed_to_write_to_the_destination(ask: Ask) -> None:
    assert reported(ask("logs", "create_export_task", EXPORT)) == [
        ("logs:CreateExportTask", f"{LOGS}:/app:log-stream:"),
        ("s3:PutObject", "arn:aws:s3:::raw/exports/x/aws-logs-write-test"),
    ]


def test_the_namespace_of_metrics_is_a_condition_key(ask: Ask) -> None:
    data = {"Namespace": "loglake", "MetricData": [{"MetricName": "m"}]}
    (access,) = ask("cloudwatch", "put_metric_data", data)
    assert access.context["cloudwatch:namespace"] == ("loglake",)


def test_an_encrypted_catalog_needs_its_key_unless_glue_has_a_role_for_it(aws: EmbeddedAws, ask: Ask) -> None:
    key, glue = "arn:aws:kms:us-east-1:123456789012:key/1", aws.client("glue")
    calls: dict[str, dict[str, Any]] = {
        "get_table": {"DatabaseName": "d", "Name": "t"},
        "batch_create_partition": {"DatabaseName": "d", "TableName": "t", "PartitionInputList": []},
        "get_crawler": {"Name": "c"},
    }

    def needed(mode: str) -> dict[str, list[str]]:
        at_rest = {"CatalogEncryptionMode": mode, "SseAwsKmsKeyId": key}
        glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings={"EncryptionAtRest": at_rest})
        asked = {name: ask("glue", name, parameters) for name, parameters in calls.items()}
        return {name: [each.action for each in found if each.resource == key] for name, found in asked.items()}

    assert needed("SSE-KMS") == {
        "get_table": ["kms:Decrypt"],
        "batch_create_partition": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        "get_crawler": [],
    }
    assert needed("SSE-KMS-WITH-SERVICE-ROLE") == needed("DISABLED") == {name: [] for name in calls}


def test_anybody_may_ask_who_they_are(ask: Ask) -> None:
    assert ask("sts", "get_caller_identity", {}) == []


@pytest.mark.parametrize("service", ["dynamodb", "lambda", "sts"])
def test_what_no_operation_is_known_for_needs_what_only_a_wildcard_grants(service: str) -> None:
    call = read_call(environ("POST", "/", service, CONTENT_TYPE=FORM, CONTENT_LENGTH="4"))
    assert accesses(call, "123456789012", CONTEXT) == [Access(f"{service}:", UNKNOWN, CONTEXT)]
