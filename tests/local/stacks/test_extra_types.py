"""The resource types of the extra stacks are created, changed, read and deleted in the embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from support.gluelocal.glue_accounts import ROLE

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.settable_clock import SettableClock
from gluelocal.templates.provision import RESOURCE_TYPES
from gluelocal.templates.resource_types.base import Context, DeployedResource
from gluelocal.templates.template_yaml import TemplateError, load_yaml
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.local

NOW_MS = 1_795_564_800_000
ACCOUNT = "123456789012"
STREAM = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/landing"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"
LANDING = {
    "RoleARN": ROLE,
    "BucketARN": "arn:aws:s3:::raw",
    "BufferingHints": {"IntervalInSeconds": 900, "SizeInMBs": 128},
}
ALARM = {"AlarmName": "a", "Namespace": "loglake", "MetricName": "RunsOk", "Statistic": "Sum", "Period": 3600}
ALARM |= {"EvaluationPeriods": 3, "Threshold": 1, "ComparisonOperator": "LessThanThreshold"}
DOCUMENT = {"DestinationArn": STREAM, "RoleArn": ROLE, "FilterPattern": ""}
POLICY = {"PolicyName": "all", "PolicyType": "SUBSCRIPTION_FILTER_POLICY", "PolicyDocument": json.dumps(DOCUMENT)}
BUDGET = {
    "BudgetName": "b",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "50", "Unit": "USD"},
}


@dataclass(frozen=True)
class Case:
    """A resource that is made, changed and deleted.

    Attributes:
        properties: of the first one.
        changes: of the second.
        asked: a call whose answer shows the change, or fails once it is gone: service, operation, parameters.
        shows: what of the answer is the property that changed, before and after.
    """

    properties: Mapping[str, Any]
    changes: Mapping[str, Any]
    asked: tuple[str, str, Mapping[str, Any]]
    shows: Callable[[Any], Any]
    values: tuple[Any, Any]


CASES: dict[str, Case] = {
    "AWS::SNS::Topic": Case(
        {"TopicName": "other", "DisplayName": "one"},
        {"DisplayName": "two"},
        ("sns", "GetTopicAttributes", {"TopicArn": TOPIC.replace("alarms", "other")}),
        lambda answer: answer["Attributes"]["DisplayName"],
        ("one", "two"),
    ),
    "AWS::CloudWatch::Alarm": Case(
        ALARM,
        {"Threshold": 2},
        ("cloudwatch", "DescribeAlarms", {"AlarmNames": ["a"]}),
        lambda answer: answer["MetricAlarms"][0]["Threshold"],
        (1.0, 2.0),
    ),
    "AWS::CloudWatch::Dashboard": Case(
        {"DashboardName": "d", "DashboardBody": '{"widgets": []}'},
        {"DashboardBody": '{"widgets": [{"type": "text"}]}'},
        ("cloudwatch", "GetDashboard", {"DashboardName": "d"}),
        lambda answer: len(json.loads(answer["DashboardBody"])["widgets"]),
        (0, 1),
    ),
    "AWS::Budgets::Budget": Case(
        {"Budget": BUDGET},
        {"Budget": {**BUDGET, "BudgetLimit": {"Amount": "90", "Unit": "USD"}}},
        ("budgets", "DescribeBudget", {"AccountId": ACCOUNT, "BudgetName": "b"}),
        lambda answer: answer["Budget"]["BudgetLimit"]["Amount"],
        ("50", "90"),
    ),
    "AWS::Athena::WorkGroup": Case(
        {
            "Name": "w",
            "WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": "1000000000"},
            "RecursiveDeleteOption": True,
        },
        {"WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": 2000000000}},
        ("athena", "GetWorkGroup", {"WorkGroup": "w"}),
        lambda answer: answer["WorkGroup"]["Configuration"]["BytesScannedCutoffPerQuery"],
        (10**9, 2 * 10**9),
    ),
    "AWS::KinesisFirehose::DeliveryStream": Case(
        {"DeliveryStreamName": "s", "DeliveryStreamType": "DirectPut", "ExtendedS3DestinationConfiguration": LANDING},
        {"ExtendedS3DestinationConfiguration": {**LANDING, "Prefix": "landing/"}},
        ("firehose", "DescribeDeliveryStream", {"DeliveryStreamName": "s"}),
        lambda answer: answer["DeliveryStreamDescription"]["Destinations"][0]["ExtendedS3DestinationDescription"].get(
            "Prefix"
        ),
        (None, "landing/"),
    ),
    "AWS::Logs::AccountPolicy": Case(
        POLICY,
        {"SelectionCriteria": 'LogGroupName NOT IN ["/x"]'},
        ("logs", "DescribeAccountPolicies", {"policyType": "SUBSCRIPTION_FILTER_POLICY"}),
        lambda answer: answer["accountPolicies"][0].get("selectionCriteria"),
        (None, 'LogGroupName NOT IN ["/x"]'),
    ),
    "AWS::IAM::OIDCProvider": Case(
        {"Url": "https://token.example", "ClientIdList": ["sts.amazonaws.com"]},
        {"ThumbprintList": ["a" * 40]},
        (
            "iam",
            "GetOpenIDConnectProvider",
            {"OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example"},
        ),
        lambda answer: answer["ThumbprintList"],
        ([], ["a" * 40]),
    ),
}


@pytest.fixture(scope="module")
def context() -> Iterator[Context]:
    with EmbeddedAws(SettableClock(NOW_MS)) as aws:
        aws.client("logs").create_log_group(logGroupName="/app/live")
        aws.client("firehose").create_delivery_stream(
            DeliveryStreamName="landing", ExtendedS3DestinationConfiguration=LANDING
        )
        aws.client("sns").create_topic(Name="alarms")
        yield Context("t.yaml: A", "stack", "A", aws.client, "us-east-1", ACCOUNT, "aws")


@pytest.mark.parametrize("name", CASES)
def test_a_resource_is_made_changed_read_and_deleted(context: Context, name: str) -> None:
    case, kind = CASES[name], RESOURCE_TYPES[name]

    def shown() -> Any:
        return case.shows(context.call(*case.asked))

    assert kind.update
    made = kind.create(context, case.properties)
    assert shown() == case.values[0]
    existing = DeployedResource(name, made.ref, made.attributes, case.properties)
    after = {**case.properties, **case.changes}
    again = kind.update(context, existing, after)
    assert again is None or again.ref == made.ref
    assert shown() == case.values[1]
    existing = DeployedResource(name, made.ref, made.attributes, after)
    if kind.read:
        read = kind.read(context, existing)
        assert all(read[key] == after[key] for key in case.changes if key in read and not isinstance(after[key], dict))
    kind.delete(context, existing)
    with pytest.raises((TemplateError, IndexError)):
        shown()


def test_a_topics_policy_goes_back_to_that_of_its_account(context: Context) -> None:
    kind = RESOURCE_TYPES["AWS::SNS::TopicPolicy"]
    nobody = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Mine", "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC}],
    }
    properties = {"Topics": [TOPIC], "PolicyDocument": nobody}
    made = kind.create(context, properties)

    def sids() -> list[str]:
        found = context.call("sns", "GetTopicAttributes", {"TopicArn": TOPIC})["Attributes"]["Policy"]
        return [each["Sid"] for each in json.loads(found)["Statement"]]

    assert sids() == ["Mine"]
    kind.delete(context, DeployedResource("AWS::SNS::TopicPolicy", made.ref, made.attributes, properties))
    assert sids() == ["__default_statement_ID"]


def test_a_saved_query_is_made_and_deleted(context: Context) -> None:
    kind = RESOURCE_TYPES["AWS::Athena::NamedQuery"]
    assert kind.read
    properties = {"Name": "q", "Database": "loglake", "QueryString": "SELECT 1", "WorkGroup": "primary"}
    made = kind.create(context, properties)
    existing = DeployedResource("AWS::Athena::NamedQuery", made.ref, made.attributes, properties)
    assert kind.read(context, existing) == properties
    kind.delete(context, existing)
    with pytest.raises(TemplateError):
        kind.read(context, existing)


def test_who_may_use_a_provider_is_not_changed_here(context: Context) -> None:
    kind = RESOURCE_TYPES["AWS::IAM::OIDCProvider"]
    assert kind.update
    with pytest.raises(TemplateError, match="can change the ThumbprintList alone"):
        kind.update(
            context,
            DeployedResource("AWS::IAM::OIDCProvider", "arn", {}, {"ClientIdList": ["a"]}),
            {"ClientIdList": ["b"]},
        )


def test_every_type_of_the_templates_can_be_made_and_deleted() -> None:
    paths = [*(stack.path for stack in ALL_STACKS), DEPLOYER_TEMPLATE]
    types = {item["Type"] for path in paths for item in load_yaml(path)["Resources"].values()}
    assert types <= set(RESOURCE_TYPES)
