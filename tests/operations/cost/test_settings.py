"""A workload in a settings file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from gluelocal.templates.template_yaml import load_yaml
from loglake.errors import ConfigError
from loglake_cli.cli.deploying.shared import settings_of
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.operations.cost.settings import (
    deployed_workload,
    ticks_a_day,
    with_parameters,
    with_stacks,
    workload_of,
)
from loglake_cli.operations.cost.workload import ALARM_METRICS, LANDING_ALL_DAY, Workload
from loglake_cli.operations.deploying.blueprints import read_blueprints
from loglake_cli.operations.deploying.proposal import settings_text
from loglake_cli.project_files import MONITORING_TEMPLATE

pytestmark = pytest.mark.unit


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text)
    return path


def read_workload(path: Path) -> Workload:
    given, _ = settings_of(path)
    return deployed_workload(given.volume, given.stacks, given.parameters or {})


def test_fields_are_a_workload() -> None:
    found = workload_of({"gb_per_day": 10, "log_groups": 3, "crawls": "every run", "flex": True})
    assert found == Workload(gb_per_day=10, log_groups=3, crawls=None, flex=True)


def test_a_settings_file_has_a_section_and_parameters(tmp_path: Path) -> None:
    text = """
prefix: loglake
volume: {gb_per_day: 2.5, landing_minutes: 15}
parameters:
  ScheduleExpression: cron(10 0/3 * * ? *)
  LandingBatchWindowSeconds: 300
  CrawlMode: EveryRun
  ExecutionClass: FLEX
  RawExpiryDays: 90
  KmsKeyArn: arn:aws:kms:eu-west-1:123456789012:key/k
"""
    assert read_workload(written(tmp_path, text)) == Workload(
        gb_per_day=2.5,
        ticks_a_day=8,
        landing_minutes=5,
        crawls=None,
        flex=True,
        raw_days=90,
        kms_key=True,
        alarms=30,
        dashboards=1,
    )


def test_a_settings_file_without_volume_is_the_default(tmp_path: Path) -> None:
    monitored = Workload(alarms=30, dashboards=1)
    assert read_workload(written(tmp_path, "prefix: shop\n")) == monitored
    assert read_workload(written(tmp_path, "# nothing yet\n")) == monitored
    assert read_workload(written(tmp_path, "volume:\n")) == monitored
    expiring = "prefix: shop\nparameters: {RawExpiryDays: '90'}\nstacks: {monitoring: off}\n"
    assert read_workload(written(tmp_path, expiring)) == Workload(raw_days=90)


def test_the_file_that_init_writes_can_be_estimated(tmp_path: Path) -> None:
    text = settings_text(
        Place("123456789012", "eu-west-1", "aws", "arn:aws:iam::123456789012:user/x"),
        "lake",
        "datasets.yaml",
        read_blueprints(ALL_STACKS),
        optional=("query", "streaming", "monitoring"),
        log_groups=7,
        gb_per_day=2.5,
    )
    found = read_workload(written(tmp_path, text))
    assert found == Workload(log_groups=7, gb_per_day=2.5, alarms=ALARM_METRICS, dashboards=1)


def test_stacks_that_can_be_left_out_cost_something() -> None:
    both = with_stacks(Workload(), {"monitoring": True, "streaming": True, "query": True})
    assert both == Workload(alarms=31, dashboards=1, streaming=True, landing_minutes=15)
    assert with_stacks(Workload(alarms=3, dashboards=2), {"monitoring": True}) == Workload(alarms=3, dashboards=2)
    assert with_stacks(Workload(), {}) == Workload()


def watched_metrics(alarm: Mapping[str, Any]) -> int:
    return sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1


def test_the_metrics_that_alarms_watch_are_those_of_the_template() -> None:
    resources = load_yaml(MONITORING_TEMPLATE)["Resources"].values()
    alarms = [each for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    always = [each["Properties"] for each in alarms if "Condition" not in each]
    streaming = [each["Properties"] for each in alarms if each.get("Condition") == "HasStream"]
    assert (sum(map(watched_metrics, always)), sum(map(watched_metrics, streaming))) == (ALARM_METRICS, 1)
    assert len(always) + len(streaming) == len(alarms)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("volume: {gb_per_dya: 3}", "gb_per_dya is not a field of a workload: did you mean gb_per_day"),
        ("volume: {colour: 3}", "volume: colour is not a field of a workload: ticks_a_day, log_groups"),
        ("volume: 3", "volume has lines such as `gb_per_day: 10`."),
        ("volume: {gb_per_day: many}", "gb_per_day is a number, and not 'many'."),
        ("volume: {log_groups: 1.5}", "log_groups is a whole number, and not 1.5."),
        ("volume: {log_groups: true}", "log_groups is a whole number, and not True."),
        ("volume: {flex: 1}", "flex is true or false, and not 1."),
        ("volume: {crawls: never}", "crawls is a whole number, or `every run`, and not 'never'."),
        ("volume: {gb_per_day: -1}", "nothing of it can be negative"),
        ("volume: {landed_gb_per_day: 1}", "landed objects need a batch window, landing_minutes"),
        ("- a list", "has no keys"),
        ("a: [", "is not YAML"),
        ("volume: {gb_per_day: 2026-02-30}", "is not YAML: day is out of range"),
        ("volume: {gb_per_day: " + "9" * 5000 + "}", "is not YAML"),
        ("volume: {gb_per_day: !!int x}", "is not YAML"),
        ("[" * 20_000, "is not YAML: it is nested too deep"),
        ("volume: {gb_per_day: .nan}", "gb_per_day is a number, and not nan."),
        ("volume: {gb_per_day: .inf}", "gb_per_day is a number, and not inf."),
        ("stacks: [a]", "stacks has lines such as"),
        ("parameters: 5", "parameters has lines such as"),
        (
            "stacks: {streaming: on}\nparameters: {LandingBatchWindowSeconds: x}",
            "LandingBatchWindowSeconds is a number, and not 'x'.",
        ),
        ("parameters: {ScheduleExpression: cron(hourly)}", "is not a schedule"),
    ],
)
def test_a_mistake_is_a_sentence_that_names_the_file(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_workload(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "Workload(" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml can't be read"):
        read_workload(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("expression", "ticks"),
    [
        ("cron(10 * * * ? *)", 24),
        ("cron(0 0 * * ? *)", 1),
        ("cron(10 3 ? * MON *)", 5 / 30),
        ("rate(5 minutes)", 288),
        ("at(2026-12-01T00:00:00)", 1 / 30),
    ],
)
def test_a_schedule_is_counted(expression: str, ticks: float) -> None:
    assert ticks_a_day(expression) == pytest.approx(ticks)


def test_a_batch_window_of_what_is_not_landed_changes_nothing() -> None:
    window = {"LandingBatchWindowSeconds": "300", "Prefix": "x"}
    assert with_parameters(Workload(), window) == Workload()
    assert with_parameters(LANDING_ALL_DAY, window).landing_minutes == 5


def test_every_field_can_be_written() -> None:
    words: dict[str, Any] = {"str": "read", "bool": True, "int": 1, "float": 1.5, "int | None": 7}
    given = {each.name: words[str(each.type)] for each in fields(Workload)}
    assert vars(workload_of(given)) == given
    with pytest.raises(ConfigError, match="ingest is one of auto, export, read"):
        workload_of({"ingest": "landing"})
