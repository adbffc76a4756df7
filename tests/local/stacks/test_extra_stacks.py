"""The embedded AWS deploys the extra stacks and the deployer with every parameter set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.settable_clock import SettableClock
from gluelocal.templates.provision import DeployedStack, deploy
from gluelocal.templates.template import load_template
from loglake_cli.deploy.stacks import parameters_for
from loglake_cli.project_files import (
    BUDGET_TEMPLATE,
    DEPLOYER_TEMPLATE,
    MONITORING_TEMPLATE,
    QUERY_TEMPLATE,
    STREAMING_TEMPLATE,
)

pytestmark = pytest.mark.local

NOW_MS = 1_795_564_800_000
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
OUTPUTS = {
    "DatabaseName": "loglake",
    "ControlBucket": "control",
    "RawBucket": "raw",
    "LookRoleName": "look",
    "ExportWorkflowName": "loglake-log-export",
    "LandingWorkflowName": "loglake-log-landing",
    "CrawlerName": "loglake-crawl-lake",
    "ConvertLogGroups": "/aws-glue/loglake-convert-logs/output,/aws-glue/loglake-convert-logs/error",
    "RequestRuleName": "loglake-request-object",
    "LandingRuleName": "loglake-landed-object",
    "CatalogRuleName": "loglake-catalog-object",
}
"""Of the stacks of the pipeline."""


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(SettableClock(NOW_MS)) as made:
        made.client("s3").create_bucket(Bucket="raw")
        for name in ("/app/live", "/app/more"):
            made.client("logs").create_log_group(logGroupName=name)
        yield made


def made(aws: EmbeddedAws, path: Path, name: str, **given: str) -> DeployedStack:
    values = parameters_for(load_template(path).parameters, given, OUTPUTS)
    return deploy(path, f"loglake-{name}", values, aws.client)


def test_query(aws: EmbeddedAws) -> None:
    stack = made(aws, QUERY_TEMPLATE, "query", QueryTable="app_shop", KmsKeyArn=KEY, ScanLimitGB="5")
    group = aws.client("athena").get_work_group(WorkGroup=stack.outputs["WorkGroupName"])["WorkGroup"]
    assert group["Configuration"]["BytesScannedCutoffPerQuery"] == 5 * 10**9
    assert len(aws.client("athena").list_named_queries(WorkGroup="loglake")["NamedQueryIds"]) == 5
    encryption = aws.client("s3").get_bucket_encryption(Bucket=stack.outputs["ResultsBucket"])
    (rule,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == KEY


def test_streaming_by_log_groups_and_by_the_account(aws: EmbeddedAws) -> None:
    logs = aws.client("logs")
    aws.client("iam").create_role(RoleName="look", AssumeRolePolicyDocument="{}")
    stack = made(aws, STREAMING_TEMPLATE, "streaming", KmsKeyArn=KEY)
    trigger = aws.client("glue").get_trigger(Name="loglake-subscribe")["Trigger"]
    assert json.loads(trigger["Actions"][0]["Arguments"]["--subscription"]) == json.loads(stack.outputs["Subscription"])
    stream = aws.client("firehose").describe_delivery_stream(DeliveryStreamName="loglake-landing")
    (destination,) = stream["DeliveryStreamDescription"]["Destinations"]
    assert destination["ExtendedS3DestinationDescription"]["BufferingHints"]["IntervalInSeconds"] == 900
    made(aws, STREAMING_TEMPLATE, "other-streaming", Prefix="other", Subscribe="Account")
    (policy,) = logs.describe_account_policies(policyType="SUBSCRIPTION_FILTER_POLICY")["accountPolicies"]
    assert "/aws/kinesisfirehose/other-landing" in policy["selectionCriteria"]


def test_monitoring(aws: EmbeddedAws) -> None:
    given = {"AlarmEmail": "a@b.example", "DeliveryStreamName": "loglake-landing"}
    stack = made(aws, MONITORING_TEMPLATE, "monitoring", **given)
    topic = stack.outputs["AlarmTopicArn"]
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert len(alarms) == len([each for each in stack.resources.values() if each.type == "AWS::CloudWatch::Alarm"])
    assert {alarm["AlarmActions"][0] for alarm in alarms} == {topic}
    (mail,) = aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert mail["Endpoint"] == "a@b.example"
    pattern = json.loads(aws.client("events").describe_rule(Name="loglake-job-stopped")["EventPattern"])
    assert pattern["detail-type"] == ["Glue Job State Change"]
    assert (
        aws.client("events").list_targets_by_rule(Rule="loglake-job-stopped")["Targets"] == []
    )  # it would block others
    made(aws, BUDGET_TEMPLATE, "budget", AlarmTopicArn=topic)
    budgets = aws.client("budgets").describe_budgets(AccountId=aws.account_id)["Budgets"]
    assert [budget["BudgetName"] for budget in budgets] == ["loglake-us-east-1-monthly-cost"]


def test_deployer(aws: EmbeddedAws) -> None:
    stack = made(aws, DEPLOYER_TEMPLATE, "deployer", GitHubRepository="shop/logs", Destroy="on", KmsKeyArn=KEY)
    iam = aws.client("iam")
    name = stack.outputs["DeployRoleArn"].rpartition("/")[2]
    assert len(iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]) == 6
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"]["Federated"].endswith("oidc-provider/token.actions.githubusercontent.com")
