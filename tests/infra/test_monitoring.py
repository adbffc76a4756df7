"""The stack monitoring: each alarm reads a metric that a run, or AWS, puts with this name, unit and dimensions."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from support.deployments.alarms import Series, put_series, shown, watched
from support.deployments.templates import Stack, all_deployed_stacks
from support.fakes.fakes import ManualClock
from typer.main import get_command

from gluelocal.cloud.events.event_pattern import matches
from loglake.aws import session
from loglake.aws.run_outcome import outcome_reported
from loglake.config import WorkflowRun
from loglake.core.accounting import Accounting
from loglake.core.run.outcome import CONVERT, EXPORT, METRICS, NAMESPACE, RunReport
from loglake.errors import TransientError
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.export.report import ExportReport
from loglake.telemetry import Telemetry
from loglake_cli.cli.app import app
from loglake_cli.deploy.stacks import ALL_STACKS

pytestmark = pytest.mark.infra

EXPORT_FLOW, LANDING_FLOW = "loglake-log-export", "loglake-log-landing"
RUNS = [(EXPORT, EXPORT_FLOW), (CONVERT, EXPORT_FLOW), (CONVERT, LANDING_FLOW)]
"""Which jobs run in which workflows."""

REPORTS: dict[str, list[RunReport]] = {
    EXPORT: [ExportReport(exported=1, settled_age_s=9), ExportReport(failed=["w"]), ExportReport(remaining=1)],
    CONVERT: [
        ConvertReport(1, accounting=Accounting(7, 4, 1, 1, 1, violations=1), oldest_pending_age_s=5400, catalog_gaps=1),
        ConvertReport(failed=["/app/shop: gone"]),
        ConvertReport(remaining=1),
        ConvertReport(),
    ],
}
"""Reports that together have each number that is a metric."""

RULES = ["request-object", "landed-object", "catalog-object", "job-stopped", "crawl-failed"]
OF_AWS = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    *(
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Count", "QueueName", f"loglake-{queue}-dead-letters")
        for queue in ("event", "schedule")
    ),
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html: of the default bus, by RuleName alone
    *(("AWS/Events", "FailedInvocations", "Count", "RuleName", f"loglake-{rule}") for rule in RULES),
    *(("AWS/Events", "InvocationsFailedToBeSentToDlq", "Count", "RuleName", f"loglake-{rule}") for rule in RULES[:3]),
    # https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
    ("AWS/Firehose", "DeliveryToS3.DataFreshness", "Seconds", "DeliveryStreamName", "loglake-landing"),
}


@pytest.fixture(scope="module")
def stacks() -> dict[str, Stack]:
    return all_deployed_stacks()


@pytest.fixture(scope="module")
def monitoring(stacks: dict[str, Stack]) -> Stack:
    return stacks["monitoring"]


class Account:
    """The Glue and CloudWatch clients that a run reports to."""

    def __init__(self) -> None:
        self.put: list[dict[str, Any]] = []

    def put_metric_data(self, **request: Any) -> None:
        self.put.append(request)

    def put_workflow_run_properties(self, **_request: Any) -> None:
        """Ignores the call."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    monkeypatch.setattr(session, "glue", lambda: made)
    monkeypatch.setattr(session, "client", lambda _service: made)
    return made


def reported(job: str, workflow: str, reports: Iterable[RunReport]) -> None:
    """Reports some runs as the entry points do, one of them with an error."""
    run, log = WorkflowRun(workflow, "wr_1"), Telemetry(ManualClock(), "run", io.StringIO())
    for report in reports:
        with outcome_reported(job, run, log) as report_outcome:
            report_outcome(report)
    with pytest.raises(TransientError), outcome_reported(job, run, log):
        raise TransientError("the ledger does not answer")


def test_each_metric_of_an_alarm_is_put_by_a_run_or_by_aws(monitoring: Stack, account: Account) -> None:
    for job, workflow in RUNS:
        reported(job, workflow, REPORTS[job])
    put = put_series(account.put)
    assert {series.name for series in put} == {metric.name for metric in METRICS}
    of_aws = {Series(*one[:3], frozenset({one[3:]})) for one in OF_AWS}
    alarms = watched(all_deployed_stacks(DeliveryStreamName="loglake-landing")["monitoring"])
    assert {name: read - put - of_aws for name, read in alarms.items() if read - put - of_aws} == {}
    assert of_aws == {series for read in alarms.values() for series in read if series.namespace != NAMESPACE}


def test_whatever_is_put_is_read(monitoring: Stack, account: Account) -> None:
    """CloudWatch bills each metric with its dimensions."""
    for job, workflow in RUNS:
        reported(job, workflow, REPORTS[job])
    read = {series._replace(unit=None) for each in watched(monitoring).values() for series in each}
    assert {series._replace(unit=None) for series in put_series(account.put)} <= read | shown(monitoring)


def alarms(monitoring: Stack) -> dict[str, Any]:
    return monitoring.of_type("AWS::CloudWatch::Alarm")


def test_only_the_alarms_on_runs_at_all_take_missing_data_for_bad(monitoring: Stack) -> None:
    breaching = {name for name, alarm in alarms(monitoring).items() if alarm["TreatMissingData"] == "breaching"}
    assert breaching == {"NoExportRun", "NoConvertRun"}
    assert {alarm["TreatMissingData"] for alarm in alarms(monitoring).values()} == {"breaching", "notBreaching"}
    for name in breaching:
        alarm = alarms(monitoring)[name]
        assert (alarm["MetricName"], alarm["Period"], int(alarm["EvaluationPeriods"])) == ("RunsOk", 3600, 3)
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)


@pytest.mark.parametrize(("state", "enabled"), [("DISABLED", False), ("ENABLED", True)])
def test_nobody_is_woken_for_runs_that_no_schedule_asks_for(state: str, enabled: bool) -> None:
    found = alarms(all_deployed_stacks(ScheduleState=state)["monitoring"])
    acting = {name: alarm.get("ActionsEnabled", True) for name, alarm in found.items()}
    assert {name for name, on in acting.items() if not on} == (set() if enabled else {"NoExportRun", "NoConvertRun"})


def test_alarms_go_to_the_topic_under_names_that_its_policy_lets_in(monitoring: Stack) -> None:
    (policy,) = monitoring.of_type("AWS::SNS::TopicPolicy").values()
    allowed = {
        each["Principal"]["Service"].split(".")[0]: each["Condition"]
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    }
    account = {"aws:SourceAccount": "123456789012"}
    pattern = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:loglake-*"
    assert allowed == {
        "cloudwatch": {"StringEquals": account, "ArnLike": {"aws:SourceArn": pattern}},
        "events": {"ArnEquals": {"aws:SourceArn": [f"arn:aws:events:r:a:loglake-{rule}" for rule in RULES[3:]]}},
        "budgets": {"StringEquals": account, "ArnLike": {"aws:SourceArn": "arn:aws:budgets::123456789012:*"}},
    }
    for alarm in alarms(monitoring).values():
        assert alarm["AlarmName"].startswith("loglake-")
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["loglake-alarms"]


def test_a_job_or_a_crawl_that_ends_badly_is_reported_if_it_is_of_this_deployment(stacks: dict[str, Stack]) -> None:
    """https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html has the events."""
    lake, rules = stacks["log_lake"], stacks["monitoring"].of_type("AWS::Events::Rule")
    job, crawl = rules["JobStopped"]["EventPattern"], rules["CrawlFailed"]["EventPattern"]
    assert sorted(job["detail"]["jobName"]) == sorted(each["Name"] for each in lake.of_type("AWS::Glue::Job").values())
    assert job["detail"]["state"] == ["FAILED", "TIMEOUT", "ERROR"]
    ended = {"source": "aws.glue", "detail-type": "Glue Job State Change"}
    run: dict[str, Any] = {"jobName": "loglake-convert-logs", "state": "FAILED"}
    refused = "ConcurrentRunsExceededException: Concurrent runs exceeded for job loglake-convert-logs"
    mailed = [{}, {"message": "Command failed with exit code 1"}, {"message": refused}]
    assert [matches(job, {**ended, "detail": {**run, **each}}) for each in mailed] == [True, True, False]
    assert crawl["detail"] == {"crawlerName": ["loglake-crawl-lake"], "state": ["Failed"]}
    for rule in rules.values():
        (target,) = rule["Targets"]
        assert (rule["EventPattern"]["source"], target["Arn"]) == (["aws.glue"], "loglake-alarms")
        said = set(re.findall(r"<(\w+)>", target["InputTransformer"]["InputTemplate"]))
        assert said == set(target["InputTransformer"]["InputPathsMap"])
        lines = target["InputTransformer"]["InputTemplate"].splitlines()
        assert all(line.startswith('"') and line.endswith('"') and line.count('"') == 2 for line in lines)


def test_the_queues_are_those_of_the_stack_events(stacks: dict[str, Stack]) -> None:
    queues = {each["QueueName"] for each in stacks["events"].of_type("AWS::SQS::Queue").values()}
    assert {row[4] for row in OF_AWS if row[0] == "AWS/SQS"} == queues


def value(expression: str, **values: int | None) -> float:
    """The result of metric math for one period. None is a missing value, and so is 0 / 0."""
    functions = {
        "FILL": lambda one, other: np.float64(other if one is None else one),
        "IF": lambda test, one, other: one if test else other,
        "MAX": max,
    }
    with np.errstate(invalid="ignore"):
        return float(eval(expression, {**functions, **values}))


def expression_of(monitoring: Stack, name: str) -> str:
    (watched_one,) = [query for query in alarms(monitoring)[name]["Metrics"] if query["ReturnData"]]
    return str(watched_one["Expression"])


def test_metric_math_takes_a_missing_value_for_0(monitoring: Stack) -> None:
    assert value(expression_of(monitoring, "RunsFailed"), export=None, convert=2, landing=1) == 3
    assert value(expression_of(monitoring, "PendingLate"), convert=None, landing=7) == 7
    ratio = expression_of(monitoring, "QuarantineRatio")
    assert value(ratio, convertin=100, convertbad=2, landingin=None, landingbad=None) == 2
    assert value(ratio, convertin=None, convertbad=None, landingin=None, landingbad=None) == 0
    assert value(ratio, convertin=100, convertbad=None, landingin=300, landingbad=40) == 10


def test_metric_math_is_what_cloudwatch_takes(monitoring: Stack) -> None:
    """PutMetricAlarm: one query returns data; ids begin with a small letter; at most ten metrics in an expression."""
    for name, alarm in alarms(monitoring).items():
        queries = alarm.get("Metrics", [])
        ids = {query["Id"] for query in queries if not query["ReturnData"]}
        assert len(ids) <= 10
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", query["Id"]) for query in queries)
        if queries:
            assert set(re.findall(r"\b[a-z][a-z0-9]*\b", expression_of(monitoring, name))) == ids


def commands(text: str) -> list[list[str]]:
    """The commands of loglake in a text, as a shell splits them."""
    return [found.split() for found in re.findall(r'\bloglake ([a-z]+(?: list)?(?: --[a-z]+ [^\s"]+)*)', text)]


def options_of(words: list[str]) -> set[str]:
    """The options that a command takes, or the command of a group."""
    command: Any = get_command(app)
    for word in itertools.takewhile(lambda word: not word.startswith("--"), words):
        command = command.commands[word]
    return {option for parameter in command.params for option in parameter.opts}


def test_an_alarm_says_what_happened_and_what_to_type(monitoring: Stack) -> None:
    texts = [alarm["AlarmDescription"] for alarm in alarms(monitoring).values()]
    texts += [
        rule["Targets"][0]["InputTransformer"]["InputTemplate"]
        for rule in monitoring.of_type("AWS::Events::Rule").values()
    ]
    for text in texts:
        assert len(text) <= 1024
        assert commands(text) or "aws " in text, text
        for words in commands(text):
            assert {word for word in words if word.startswith("--")} <= options_of(words), text


def test_there_is_no_mail_unless_somebody_asks(monitoring: Stack) -> None:
    assert monitoring.of_type("AWS::SNS::Subscription") == {}
    asked = all_deployed_stacks(AlarmEmail="a@b.example")["monitoring"]
    (mail,) = asked.of_type("AWS::SNS::Subscription").values()
    assert (mail["Protocol"], mail["Endpoint"]) == ("email", "a@b.example")


def test_the_budget_warns_the_topic_of_the_alarms() -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:loglake-alarms"
    asked = all_deployed_stacks(AlarmTopicArn=topic, MonthlyBudgetUSD="90", BudgetTagKey="team")["budget"]
    (budget,) = asked.of_type("AWS::Budgets::Budget").values()
    assert budget["Budget"]["BudgetLimit"] == {"Amount": "90", "Unit": "USD"}
    assert budget["Budget"]["CostFilters"] == {"TagKeyValue": ["user:team$loglake"]}
    kinds = {each["Notification"]["NotificationType"] for each in budget["NotificationsWithSubscribers"]}
    assert kinds == {"ACTUAL", "FORECASTED"}
    addresses = {each["Address"] for one in budget["NotificationsWithSubscribers"] for each in one["Subscribers"]}
    assert addresses == {topic}


def test_a_budget_without_alarms_warns_nobody() -> None:
    alone = all_deployed_stacks(AlarmTopicArn="")["budget"]
    (budget,) = alone.of_type("AWS::Budgets::Budget").values()
    assert "NotificationsWithSubscribers" not in budget


def test_aws_budgets_may_publish_before_there_is_a_budget(monitoring: Stack) -> None:
    """AWS Budgets tests its permission to publish when a budget is made, and its stack comes after this one."""
    (policy,) = monitoring.of_type("AWS::SNS::TopicPolicy").values()
    allowed = {each["Sid"] for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"}
    assert "Budgets" in allowed
    names = [stack.name for stack in ALL_STACKS]
    assert names.index("monitoring") < names.index("budget")
