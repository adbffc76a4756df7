"""The deployed roles let AWS wake the workflow and put scheduled requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.local.lacking_roles import lacking, refused

from athena_duckdb.errors import ConfigError
from gluelocal.iam.enforcement import AccessDeniedError
from gluelocal.settable_clock import SettableClock
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.local_run import execute
from loglake_cli.local.run_input import prepare
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = pytest.mark.local

SHOP = LogGroupName("/app/shop")
HOUR_S = 3600


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(SystemClock().now_ms(), ticking=True)


def put_on_schedule(folder: Path, clock: SettableClock) -> None:
    """Makes a schedule put a request that should wake the workflow."""
    settings = StackSettings(folder / "logs", {"ScheduleState": "ENABLED"}, enforce_iam=True)
    with LocalStack(Datasets.for_groups([SHOP]), settings, clock) as stack:
        clock.advance(HOUR_S)
        stack.runtime.poll()
        assert refused(stack, "SchedulerRole") == []
        bucket, prefix = stack.outputs["ControlBucket"], "requests/scheduled/"
        assert stack.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"] > 0
        stack.run_until_idle()


def test_a_workflow_that_may_not_be_woken_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    lacking(tmp_path, monkeypatch, "NotifyTheWorkflow")
    with pytest.raises(AccessDeniedError) as error:
        put_on_schedule(tmp_path, clock)
    assert "-EventsRole-" in error.value.role
    assert error.value.action == "glue:notifyEvent"
    assert error.value.resource.endswith(":workflow/loglake-log-export")


def test_a_run_that_is_refused_something_is_no_good_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking(tmp_path, monkeypatch, "NotifyTheWorkflow")
    (tmp_path / "app.log").write_text("2026-11-21T08:00:00Z INFO one\n")
    clock, logs = SystemClock(), ((tmp_path / "app.log", SHOP),)
    prepared = prepare(tmp_path / "kept", clock.now_ms(), logs=logs, enforce_iam=True)
    with pytest.raises(AccessDeniedError, match="may not do glue:notifyEvent on arn:aws:glue:"):
        execute(prepared, tmp_path / "kept", clock, lambda _: None, lambda _: None)
    assert not (tmp_path / "kept").exists()


ACCOUNT = '"aws:SourceAccount": !Ref AWS::AccountId'


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (("Service: events.", "Service: lambda."), r"-EventsRole-\w+ does not let events\..* names lambda"),
        ((ACCOUNT, '"aws:SourceAccount": "999999999999"'), r"-ExportRole-\w+ does not let glue\..*: the Condition"),
        (
            ("rule/${Prefix}-landed-", "rule/${Prefix}-"),
            r"-EventsRole-.*:rule/loglake-landed-object: the Condition",
        ),
        (("group/default", "group/other"), r"-SchedulerRole-\w+ .*:schedule-group/default: the Condition"),
    ],
    ids=["service", "account", "rule", "schedule group"],
)
def test_a_role_that_does_not_trust_its_service_for_its_resources_is_reported_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: SettableClock, change: tuple[str, str], refusal: str
) -> None:
    lacking(tmp_path, monkeypatch)
    text = (tmp_path / "access.yaml").read_text()
    assert change[0] in text
    (tmp_path / "access.yaml").write_text(text.replace(*change))
    settings = StackSettings(tmp_path / "logs", {"ScheduleState": "ENABLED"}, enforce_iam=True)
    with pytest.raises(ConfigError, match=refusal), LocalStack(Datasets.for_groups([SHOP]), settings, clock):
        pytest.fail("the stack is up")


def test_cloudwatch_logs_exports_to_the_exports_of_the_raw_bucket_alone(tmp_path: Path, clock: SettableClock) -> None:
    settings = StackSettings(tmp_path / "logs", enforce_iam=True)
    with LocalStack(Datasets.for_groups([SHOP]), settings, clock) as stack:
        stack.aws.log_store.load(SHOP, "web", [(1, "x")], 1)
        logs, raw = stack.client("logs"), stack.outputs["RawBucket"]
        task = {"logGroupName": SHOP, "fromTime": 0, "to": 9, "destination": raw}
        for prefix in ("landing/x", "other", "exports-2/x"):
            with pytest.raises(logs.exceptions.InvalidParameterException, match="PutObject call on the given bucket"):
                logs.create_export_task(destinationPrefix=prefix, **task)
        logs.create_export_task(destinationPrefix="exports/app-shop-1/w/g1", **task)
        assert [item["Key"] for item in stack.client("s3").list_objects_v2(Bucket=raw)["Contents"]] == [
            "exports/app-shop-1/w/g1/aws-logs-write-test"
        ]
