"""The outcome of a run is written to run properties and metrics, however the run ends."""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, CredentialRetrievalError
from botocore.stub import Stubber
from support.fakes.fakes import ManualClock, MemoryLedger

from loglake.aws import session
from loglake.aws.run_outcome import outcome_reported
from loglake.aws.runtime import runtime
from loglake.config import WorkflowRun
from loglake.core import state_items
from loglake.core.accounting import Accounting
from loglake.core.run.outcome import Outcome, RunNote
from loglake.core.state_items import values
from loglake.core.units import EpochMs, LogGroupName
from loglake.errors import AccessDeniedError, ConfigError, OtherVersionLedgerError
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.export.job import ExportReport
from loglake.telemetry import Telemetry

pytestmark = pytest.mark.unit

RUN = WorkflowRun("loglake-log-export", "wr_1")


@dataclass
class Metrics:
    """Records the metrics that were put, or refuses them."""

    put: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False

    def get_metric_statistics(self, **_request: Any) -> dict[str, Any]:
        return {"Datapoints": []}

    def put_metric_data(self, **request: Any) -> None:
        if self.refuses:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "PutMetricData")
        self.put.append(request)

    @property
    def values(self) -> dict[str, float]:
        (request,) = self.put
        return {datum["MetricName"]: datum["Value"] for datum in request["MetricData"]}


@dataclass
class Account:
    glue: Stubber
    metrics: Metrics
    log: io.StringIO = field(default_factory=io.StringIO)

    @property
    def telemetry(self) -> Telemetry:
        return Telemetry(ManualClock(), "run", self.log)

    def expect(self, reported: dict[str, Any], job: str = "export") -> None:
        request = {"Name": RUN.name, "RunId": RUN.run_id, "RunProperties": {f"loglake:{job}": json.dumps(reported)}}
        self.glue.add_response("put_workflow_run_properties", {}, request)

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    client = boto3.client("glue", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        made = Account(stubber, Metrics())
        monkeypatch.setattr(session, "glue", lambda: client)
        monkeypatch.setattr(session, "client", lambda _cloudwatch: made.metrics)
        yield made
        stubber.assert_no_pending_responses()


def test_a_run_that_did_all_says_so(account: Account) -> None:
    numbers = {
        "WindowsExported": 2,
        "WindowsFailed": 0,
        "WindowsRemaining": 0,
        "RequestsRejected": 0,
    }
    report = ExportReport(exported=2)
    assert numbers.items() <= report.numbers.items()
    account.expect({"outcome": "ok", "numbers": report.numbers})
    with outcome_reported("export", RUN, account.telemetry) as report_outcome:
        report_outcome(report)
    assert account.metrics.values == {"RunsOk": 1}
    (request,) = account.metrics.put
    assert request["Namespace"] == "loglake"
    assert request["MetricData"][0]["Dimensions"] == [
        {"Name": "Job", "Value": "export"},
        {"Name": "Workflow", "Value": "loglake-log-export"},
    ]
    assert account.said == []


def test_a_run_says_of_which_log_group_too_much_is_in_quarantine(account: Account) -> None:
    report = ConvertReport(converted=1)
    report.groups.add(LogGroupName("/app/shop"), "app_shop", Accounting(3, 0, 3), [{"no timestamp": 3}])
    remark = "/app/shop (table app_shop): 3 of 3 events are in quarantine: no timestamp (3)"
    account.expect({"outcome": "partial", "numbers": report.numbers, "remarks": [remark]}, "convert")
    with outcome_reported("convert", RUN, account.telemetry) as report_outcome:
        report_outcome(report)


def test_a_run_with_events_says_how_many(account: Account) -> None:
    accounting = Accounting(7, 4, 1, 1, 1)
    report = ConvertReport(1, failed=["/app/shop: gone"], accounting=accounting, oldest_pending_age_s=5400)
    account.expect({"outcome": "partial", "numbers": report.numbers}, "convert")
    with outcome_reported("convert", RUN, account.telemetry) as report_outcome:
        report_outcome(report)
    expected = {"RunsPartial": 1, "WindowsFailed": 1, "OldestPendingAge": 5400, "EventsIn": 7, "Quarantined": 1}
    assert account.metrics.values == expected
    units = {datum["MetricName"]: datum["Unit"] for datum in account.metrics.put[0]["MetricData"]}
    assert units["OldestPendingAge"] == "Seconds"


def test_a_run_says_what_it_ran_on(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    runtime.cache_clear()
    report, ran_on = ExportReport(), {"driver": runtime()}
    account.expect({"outcome": "ok", "numbers": report.numbers, "runtime": ran_on})
    with outcome_reported("export", RUN, account.telemetry, runs_on=lambda: ran_on) as report_outcome:
        report_outcome(report)
    (said,) = account.said
    assert (said["event"], said["driver"]["python"]) == ("runtime", platform.python_version())
    assert said["driver"]["boto3"] == boto3.__version__
    assert said["driver"]["credentials"] == "env"
    assert set(said["driver"]) == {"python", "boto3", "isal", "pyarrow", "region", "credentials", "host"}


def test_no_run_ends_because_its_credentials_can_not_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(_: boto3.Session) -> None:
        raise CredentialRetrievalError(provider="container-role", error_msg="no answer")

    monkeypatch.setattr(boto3.Session, "get_credentials", raises)
    runtime.cache_clear()
    assert runtime()["credentials"] == ""
    runtime.cache_clear()


def test_a_run_that_fails_says_why(account: Account) -> None:
    account.expect({"outcome": "failed", "error": "no bucket of that name"})
    with pytest.raises(ConfigError), outcome_reported("export", RUN, account.telemetry):
        raise ConfigError("no bucket of that name")
    assert account.metrics.values == {"RunsFailed": 1}
    assert [(line["event"], line["reason"]) for line in account.said] == [("run failed", "no bucket of that name")]


def test_an_error_of_no_kind_that_is_known_is_named_and_cut(account: Account) -> None:
    account.expect({"outcome": "failed", "error": ("ValueError: " + "x" * 2000)[:1000]})
    with pytest.raises(ValueError, match="xxx"), outcome_reported("export", RUN, account.telemetry):
        raise ValueError("x" * 2000)


def test_outside_of_a_workflow_there_is_the_metric_alone(account: Account) -> None:
    with outcome_reported("export", WorkflowRun(), account.telemetry) as report_outcome:
        report_outcome(ExportReport())
    assert account.metrics.put[0]["MetricData"][0]["Dimensions"][1]["Value"] == "none"


def test_what_can_not_be_reported_is_said_and_stops_nothing(account: Account) -> None:
    account.glue.add_client_error("put_workflow_run_properties", "EntityNotFoundException", "Entity not found")
    account.metrics.refuses = True
    with outcome_reported("export", RUN, account.telemetry) as report_outcome:
        report_outcome(ExportReport())
    assert [(line["event"], line["what"]) for line in account.said] == [
        ("outcome not reported", "run property"),
        ("outcome not reported", "metrics"),
    ]
    assert "Grant cloudwatch:PutMetricData on loglake" in account.said[1]["reason"]


def test_what_can_not_be_reported_does_not_hide_why_the_run_failed(account: Account) -> None:
    account.glue.add_client_error("put_workflow_run_properties", "ConcurrentModificationException", "again")
    account.metrics.refuses = True
    with pytest.raises(AccessDeniedError, match="the run's own"), outcome_reported("export", RUN, account.telemetry):
        raise AccessDeniedError("the run's own")


def test_a_run_is_noted_for_whoever_asks_how_things_stand(account: Account) -> None:
    ledger, clock = MemoryLedger(), ManualClock(7)
    report = ExportReport(rejected=["requests/x: no JSON"], skipped=["/app/shp: no log group has this name"])
    remarks = ["requests/x: no JSON", "/app/shp: no log group has this name"]
    account.expect({"outcome": "partial", "numbers": report.numbers, "remarks": remarks})
    with outcome_reported("export", RUN, account.telemetry, ledger, clock) as report_outcome:
        report_outcome(report)
    account.expect({"outcome": "failed", "error": "no bucket of that name"}, "convert")
    with pytest.raises(ConfigError), outcome_reported("convert", RUN, account.telemetry, ledger, clock):
        raise ConfigError("no bucket of that name")
    assert values(ledger, state_items.RUN) == {
        "convert": RunNote.of("convert", Outcome.FAILED, EpochMs(7), error="no bucket of that name"),
        "export": RunNote.of("export", Outcome.PARTIAL, EpochMs(7), remarks),
    }


def test_a_ledger_of_another_version_gets_no_note(account: Account) -> None:
    ledger = MemoryLedger()
    account.expect({"outcome": "failed", "error": str(OtherVersionLedgerError("it has format 3"))})
    with pytest.raises(OtherVersionLedgerError), outcome_reported("export", RUN, account.telemetry, ledger):
        raise OtherVersionLedgerError("it has format 3")
    assert values(ledger, state_items.RUN) == {}
    assert account.metrics.values == {"RunsFailed": 1}


def test_a_run_that_can_be_reported_nowhere_else_is_noted(account: Account) -> None:
    ledger = MemoryLedger()
    account.glue.add_client_error("put_workflow_run_properties", "EntityNotFoundException", "Entity not found")
    account.metrics.refuses = True
    with outcome_reported("export", RUN, account.telemetry, ledger, ManualClock(7)) as report_outcome:
        report_outcome(ExportReport())
    assert values(ledger, state_items.RUN) == {"export": RunNote.of("export", Outcome.OK, EpochMs(7))}
    assert [line["what"] for line in account.said] == ["run property", "metrics"]


def test_a_note_that_can_not_be_written_stops_nothing(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(item: state_items.StateItem[RunNote], expected_version: int) -> bool:
        raise AccessDeniedError(f"the note of {item.key} was refused, at {expected_version}")

    ledger = MemoryLedger()
    monkeypatch.setattr(ledger, "save", denied)
    with outcome_reported("export", WorkflowRun(), account.telemetry, ledger) as report_outcome:
        report_outcome(ExportReport())
    assert [(line["what"], line["reason"]) for line in account.said] == [
        ("note", "the note of export was refused, at 0")
    ]
