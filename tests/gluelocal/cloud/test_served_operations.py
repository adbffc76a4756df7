"""Every operation that the embedded AWS serves itself fits botocore's model: requests and responses, at any depth.

The model is the golden shape: a member of another name or type, a value that no enumeration has, a pattern that does
not fit fail here.
"""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from support.gluelocal.answers import shape_problems
from support.gluelocal.glue_accounts import ROLE
from support.gluelocal.times import parse_instant

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.wire.calls import read_call
from gluelocal.cloud.wire.json_service import JsonService, shape_problem
from gluelocal.cloud.wire.service_models import service_model
from gluelocal.units import MS_PER_DAY, from_ms

pytestmark = pytest.mark.contract

NOW = parse_instant("2026-11-21")
GROUP, OTHER = "/app/shop", "/app/other"
_OTHER = {"Namespace": "loglake", "MetricName": "rows"}
_METRIC = {
    "Namespace": "AWS/Logs",
    "MetricName": "IncomingLogEvents",
    "Dimensions": [{"Name": "LogGroupName", "Value": GROUP}],
}
_WHEN = {"StartTime": from_ms(NOW - MS_PER_DAY), "EndTime": from_ms(NOW + MS_PER_DAY)}

# Operation -> requests with responses that have every member.
REQUESTS: dict[tuple[str, str], list[dict[str, Any]]] = {
    ("logs", "DescribeLogGroups"): [{}, {"limit": 1}, {"logGroupNamePrefix": "/app/s"}, {"logGroupClass": "STANDARD"}],
    ("logs", "CreateLogGroup"): [{"logGroupName": "/new", "logGroupClass": "DELIVERY", "tags": {"team": "shop"}}],
    ("logs", "PutLogEvents"): [
        {
            "logGroupName": GROUP,
            "logStreamName": "web/1",
            "logEvents": [{"timestamp": NOW - days * MS_PER_DAY, "message": "x"} for days in (20, 9, 0, -1)],
        }
    ],
    ("logs", "DescribeLogStreams"): [
        {"logGroupName": GROUP},
        {"logGroupIdentifier": GROUP, "limit": 1, "orderBy": "LastEventTime", "descending": True},
    ],
    ("logs", "FilterLogEvents"): [{"logGroupName": GROUP, "limit": 1}, {"logGroupIdentifier": GROUP}],
    ("cloudwatch", "GetMetricStatistics"): [
        {**_METRIC, **_WHEN, "Period": 3600, "Statistics": ["Sum", "SampleCount", "Average", "Minimum", "Maximum"]}
    ],
    ("cloudwatch", "GetMetricData"): [
        {
            "MetricDataQueries": [{"Id": "a", "MetricStat": {"Metric": _OTHER, "Period": 3600, "Stat": "Sum"}}],
            **_WHEN,
        }
    ],
}

_STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/landing"
_POLICY = {"policyName": "all", "policyType": "SUBSCRIPTION_FILTER_POLICY"}
_DOCUMENT = json.dumps({"DestinationArn": _STREAM, "RoleArn": ROLE, "FilterPattern": ""})
_CRITERIA = f'LogGroupName NOT IN ["{OTHER}"]'
_BUDGET = {
    "BudgetName": "b",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "9", "Unit": "USD"},
}
REQUESTS |= {
    ("logs", "PutSubscriptionFilter"): [
        {"logGroupName": GROUP, "filterName": "f", "filterPattern": "", "destinationArn": _STREAM, "roleArn": ROLE}
    ],
    ("logs", "PutAccountPolicy"): [{**_POLICY, "policyDocument": _DOCUMENT, "selectionCriteria": _CRITERIA}],
    ("logs", "DescribeAccountPolicies"): [{"policyType": _POLICY["policyType"]}, _POLICY],
    ("logs", "DeleteAccountPolicy"): [_POLICY],
    ("athena", "GetWorkGroup"): [{"WorkGroup": "team"}],
    ("athena", "UpdateWorkGroup"): [
        {"WorkGroup": "team", "ConfigurationUpdates": {"BytesScannedCutoffPerQuery": 10**9}}
    ],
    ("athena", "DeleteNamedQuery"): [{"NamedQueryId": "of the query that is there"}],
    ("budgets", "UpdateBudget"): [{"AccountId": "123456789012", "NewBudget": _BUDGET}],
    ("iam", "AttachRolePolicy"): [
        {"RoleName": "job", "PolicyArn": "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"}
    ],
}


@pytest.fixture
def busy(still: EmbeddedAws) -> EmbeddedAws:
    """An account with groups of several kinds, and events."""
    logs = still.client("logs")
    logs.create_log_group(logGroupName=OTHER, logGroupClass="INFREQUENT_ACCESS")
    logs.put_retention_policy(logGroupName=OTHER, retentionInDays=30)
    for stream in ("web/1", "web/2"):
        still.log_store.load(GROUP, stream, [(NOW + 1, "x")], NOW)
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    raw = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::raw"}
    still.client("firehose").create_delivery_stream(
        DeliveryStreamName="landing", ExtendedS3DestinationConfiguration=raw
    )
    still.client("athena").create_work_group(Name="team", Description="Queries.")
    still.client("budgets").create_budget(AccountId="123456789012", Budget=_BUDGET)
    still.client("iam").create_role(RoleName="job", AssumeRolePolicyDocument="{}")
    return still


def completed(aws: EmbeddedAws, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """A request, completed with values from the account."""
    client = aws.client(service)
    if operation == "DeleteNamedQuery":
        query = {"Name": "q", "Database": "d", "QueryString": "SELECT 1", "WorkGroup": "team"}
        return {"NamedQueryId": client.create_named_query(**query)["NamedQueryId"]}
    if operation in {"DescribeAccountPolicies", "DeleteAccountPolicy"}:
        client.put_account_policy(**_POLICY, policyDocument=_DOCUMENT)
    return request


@pytest.mark.parametrize(("service", "operation"), REQUESTS)
def test_answers_have_the_shape_of_the_model(busy: EmbeddedAws, service: str, operation: str) -> None:
    requests = (completed(busy, service, operation, request) for request in REQUESTS[service, operation])
    assert shape_problems(busy.client(service), operation, requests) == []


def test_there_is_a_request_for_every_operation_that_is_served(still: EmbeddedAws) -> None:
    served = {(service.service, operation) for service in still.services for operation in service.operations}
    assert served == set(REQUESTS)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"exportTasks": [{"taskID": "1"}]}, 'Unknown parameter in exportTasks[0]: "taskID"'),
        ({"exportTasks": [{"from": "1"}]}, "Invalid type for parameter exportTasks[0].from"),
        ({"exportTasks": [{"status": {"code": "DONE"}}]}, "Value at 'exportTasks.1.member.status.code'"),
        ({"exportTasks": [{"logGroupName": "a b"}]}, "regular expression pattern"),
        ({"exportTasks": [{"taskName": "n" * 513}]}, "length less than or equal to 512"),
        ({"exportTasks": {}}, "Invalid type for parameter exportTasks"),
        ({"exportTasks": [{"to": -1}]}, "Invalid value for parameter exportTasks[0].to"),
    ],
)
def test_a_wrong_answer_is_a_bug_and_is_not_sent(answer: dict[str, Any], problem: str) -> None:
    service = JsonService("logs", {"DescribeExportTasks": lambda _region, _request: answer})
    environ: Any = {
        "HTTP_X_AMZ_TARGET": "Logs_20140328.DescribeExportTasks",
        "REQUEST_METHOD": "POST",
        "wsgi.input": io.BytesIO(b"{}"),
    }
    with pytest.raises(ValueError, match="the answer to DescribeExportTasks is not what AWS's model says") as raised:
        service.answer(read_call(environ))
    assert problem in str(raised.value)


def test_maps_and_numbers_are_held_to_the_model_too() -> None:
    create = service_model("logs").operation_model("CreateLogGroup").input_shape
    listing = service_model("logs").operation_model("DescribeExportTasks").input_shape
    assert create is not None
    assert listing is not None
    assert "regular expression" in shape_problem({"logGroupName": "/a", "tags": {"k": "ends in a tab\t"}}, create)
    assert "less than or equal to 50" in shape_problem({"limit": 51}, listing)
    assert shape_problem({"limit": 50}, listing) == ""


def test_a_pattern_with_an_alternative_of_any_case_is_read() -> None:
    name = service_model("budgets").shape_for("BudgetName")
    assert shape_problem("loglake-monthly", name) == ""
    assert "regular expression" in shape_problem("a <SCRIPT>x</script>", name)
    assert "regular expression" in shape_problem("a:b", name)
