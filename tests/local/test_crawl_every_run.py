"""A local stack with `CrawlMode: EveryRun` and enforced roles: one workflow of three nodes, and landing beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from support.deployments.alarms import Series, kept_series, shown, watched
from support.deployments.templates import all_deployed_stacks
from support.local.lacking_roles import refused
from support.log_clock import LogClock
from support.worlds.landed import landed_event, payload

from gluelocal.templates.provision import deploy
from gluelocal.templates.template import load_template
from loglake.aws.system_clock import SystemClock
from loglake.core.keys import CATALOG, QUARANTINE
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName, day_of
from loglake.core.windows import Window
from loglake_cli.deploy.stacks import ALL_STACKS, parameters_for
from loglake_cli.local.stack import CatalogWaits, LocalStack, StackSettings

pytestmark = [pytest.mark.local, pytest.mark.spark]

BATCH, LIVE = LogGroupName("/batch/shop"), LogGroupName("/live/pay")
DATASETS = load_datasets({"datasets": [{"log_groups": ["/batch/*"]}, {"log_groups": ["/live/*"], "ingest": "landing"}]})
JOBS = [("loglake-export-logs", "SUCCEEDED"), ("loglake-convert-logs", "SUCCEEDED")]
CRAWL = ("loglake-crawl-lake", "SUCCEEDED")
Run = tuple[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Step:
    """The state after a step.

    Attributes:
        runs: what ran in this step.
        partitions: the values of the partitions of the step's table.
        crawls: how many crawls were requested until then.
    """

    runs: list[Run]
    partitions: list[Any]
    crawls: int


class Driven:
    """The stack, with the runs of each step."""

    def __init__(self, stack: LocalStack, clock: LogClock) -> None:
        self.stack = stack
        self.clock = clock
        self.yesterday_ms = self.clock.now_ms() - MS_PER_DAY
        self._waits = CatalogWaits(stack, self.clock, lambda _: None)
        self._seen: set[str] = set()

    def run(self) -> list[Run]:
        """Waits until all rows can be queried; returns the new runs, each with its jobs and crawls."""
        self.stack.run_until_idle(self._waits.end)
        new = [run for run in self.stack.runtime.snapshot().runs if run.id not in self._seen | self._waits.ended]
        self._seen.update(run.id for run in new)
        assert self._waits.open_tables() == ()
        return [(run.name, [(node.name, node.state) for node in run.nodes if node.type != "TRIGGER"]) for run in new]

    def land(self, number: int, ms: int) -> None:
        body = payload(LIVE, [landed_event(number, ms, json.dumps({"paid": number}))])
        self.stack.land(LIVE, str(number), body)

    def subscribe(self) -> None:
        """Deploys the stack streaming, and looks: what is written to the log group comes by Firehose from then on."""
        client, template = self.stack.client, next(each for each in ALL_STACKS if each.name == "streaming")
        client("logs").create_log_group(logGroupName=LIVE)
        client("logs").create_log_stream(logGroupName=LIVE, logStreamName="s")
        given = {"BufferSeconds": "300"}
        declared = load_template(template.path).parameters
        deploy(template.path, "loglake-streaming", parameters_for(declared, given, self.stack.outputs), client)
        self.stack.access.follow()  # the look may do more from now on
        glue = client("glue")
        (look,) = glue.get_trigger(Name="loglake-subscribe")["Trigger"]["Actions"]
        run = {"JobName": look["JobName"], "RunId": glue.start_job_run(**look)["JobRunId"]}
        while glue.get_job_run(**run)["JobRun"]["JobRunState"] in {"RUNNING", "WAITING"}:
            self.stack.runtime.poll(0.05)
        assert client("logs").describe_subscription_filters(logGroupName=LIVE)["subscriptionFilters"]

    def stream(self, number: int, ms: int) -> None:
        """Writes an event, and lets Firehose's buffering interval pass."""
        event = {"timestamp": int(ms), "message": json.dumps({"paid": number})}
        self.stack.client("logs").put_log_events(logGroupName=LIVE, logStreamName="s", logEvents=[event])
        self.clock.advance(300)

    def partitions(self, table: str) -> list[Any]:
        found = self.stack.client("glue").get_partitions(DatabaseName="loglake", TableName=table)["Partitions"]
        return sorted(partition["Values"] for partition in found)

    def step(self, table: str) -> Step:
        """Waits until all rows can be queried."""
        return Step(self.run(), self.partitions(table), self.crawls())

    def crawls(self) -> int:
        """The number of requested crawls."""
        found = self.stack.client("s3").list_objects_v2(Bucket=self.stack.outputs["ControlBucket"], Prefix=CATALOG)
        return int(found["KeyCount"])


@dataclass(frozen=True)
class Story:
    """An export, a landed object, and an event of the day before by a subscription, one after the other."""

    driven: Driven
    exported: Step
    landed: Step
    streamed: Step


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    settings = StackSettings(tmp_path_factory.mktemp("logs"), {"CrawlMode": "EveryRun"}, enforce_iam=True)
    now_ms = SystemClock().now_ms()
    # Past the time of every schedule, so that only Firehose's own interval makes it deliver.
    past_ms = now_ms - (now_ms - 40 * MS_PER_MINUTE) % MS_PER_HOUR
    clock = LogClock(past_ms, ticking=True)
    with LocalStack(DATASETS, settings, clock) as stack:
        driven = Driven(stack, clock)
        at_ms = EpochMs(driven.yesterday_ms)
        stack.aws.log_store.load(BATCH, "s", [(at_ms, "one")], clock.now_ms())
        stack.put_request([BATCH], Window(at_ms, EpochMs(at_ms + 1000)))
        exported = driven.step("batch_shop")
        driven.land(1, driven.yesterday_ms)
        landed = driven.step("live_pay")
        driven.subscribe()
        driven.stream(2, driven.yesterday_ms - MS_PER_DAY)
        yield Story(driven, exported, landed, driven.step("live_pay"))


def test_one_workflow_exports_converts_and_crawls(story: Story) -> None:
    day = day_of(EpochMs(story.driven.yesterday_ms))
    assert story.exported == Step([("loglake-log-export", [*JOBS, CRAWL])], [[day]], crawls=0)


def test_landing_asks_for_its_crawl_since_none_follows(story: Story) -> None:
    day = day_of(EpochMs(story.driven.yesterday_ms))
    runs = [("loglake-log-landing", JOBS[1:]), ("loglake-log-catalog", [CRAWL])]
    assert story.landed == Step(runs, [[day]], crawls=1)


def test_a_new_day_of_a_table_is_registered_without_a_crawl(story: Story) -> None:
    """It comes by a subscription, which begins with a CONTROL_MESSAGE, into the table with landed rows."""
    stack, yesterday_ms = story.driven.stack, story.driven.yesterday_ms
    days = [[day_of(EpochMs(ms))] for ms in (yesterday_ms - MS_PER_DAY, yesterday_ms)]
    assert story.streamed == Step([("loglake-log-landing", JOBS[1:])], days, crawls=1)
    found = stack.client("s3").list_objects_v2(Bucket=stack.outputs["LakeBucket"], Prefix=QUARANTINE)
    assert found["KeyCount"] == 0


def test_no_role_lacked_anything(story: Story) -> None:
    for role in ("ExportRole", "ConvertRole", "CrawlerRole", "EventsRole"):
        assert refused(story.driven.stack, role) == []


def test_the_alarms_watch_just_what_these_runs_put(story: Story) -> None:
    """Metrics are compared by name, unit, job and workflow. Each one is on an alarm or on the dashboard."""
    monitoring = all_deployed_stacks()["monitoring"]
    put = kept_series(story.driven.stack.client("cloudwatch"), story.driven.clock.now_ms())
    alarmed = {series for read in watched(monitoring).values() for series in read}
    runs = [("export", "loglake-log-export"), ("convert", "loglake-log-export"), ("convert", "loglake-log-landing")]
    for job, workflow in runs[:2]:
        assert Series("loglake", "RunsOk", "Count", frozenset({("Job", job), ("Workflow", workflow)})) in put & alarmed
    for job, workflow in runs[1:]:
        series = Series("loglake", "EventsIn", "Count", frozenset({("Job", job), ("Workflow", workflow)}))
        assert series in put & alarmed
    assert {series._replace(unit=None) for series in put - alarmed} <= shown(monitoring)
