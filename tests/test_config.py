"""Settings: explicit argument, then environment, then default."""

from __future__ import annotations

import pytest
from awsglue.utils import getResolvedOptions

from loglake.config import CatalogConfig, ConvertConfig, ExportConfig, WorkflowRun
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

REQUIRED = {
    "control_bucket": "c",
    "raw_bucket": "r",
    "lake_bucket": "lake",
    "ledger_table": "l",
    "datasets_uri": "s3://c/d.json",
    "landing_queue": "https://sqs/q",
}


def argv(**options: str) -> list[str]:
    """The command line of a Glue script, with Glue's own options among ours."""
    own = ["--job-bookmark-option", "job-bookmark-disable", "--JOB_ID", "j_1", "--TempDir", "s3://tmp/"]
    return ["script.py", *own, *(part for name, value in options.items() for part in (f"--{name}", value))]


def test_arguments_come_first() -> None:
    given = argv(**REQUIRED, JOB_NAME="export", JOB_RUN_ID="jr_1", poll_seconds="0.5")
    config = ExportConfig.from_argv(given, getResolvedOptions)
    assert config == ExportConfig("c", "r", "l", "s3://c/d.json", "jr_1", 2400, 0.5, 30)


@pytest.mark.parametrize("kind", [ExportConfig, ConvertConfig])
def test_a_job_knows_the_run_of_its_workflow(kind: type[ExportConfig | ConvertConfig]) -> None:
    inside = kind.from_argv(argv(**REQUIRED, WORKFLOW_NAME="w", WORKFLOW_RUN_ID="wr_1"), getResolvedOptions)
    assert (inside.workflow, inside.run_id) == (WorkflowRun("w", "wr_1"), "wr_1")
    assert kind.from_argv(argv(**REQUIRED), getResolvedOptions).workflow == WorkflowRun()


@pytest.mark.parametrize("kind", [ExportConfig, ConvertConfig])
def test_a_job_knows_the_catalog_and_whether_a_crawl_follows(kind: type[ExportConfig | ConvertConfig]) -> None:
    assert kind.from_argv(argv(**REQUIRED), getResolvedOptions).catalog == CatalogConfig("lake")
    given = {"database": "db", "crawler": "c", "crawl_delay_seconds": "7", "crawl_follows": "on"}
    read = kind.from_argv(argv(**REQUIRED, **given), getResolvedOptions)
    assert read.catalog == CatalogConfig("lake", "db", "c", 7, crawl_follows=True)
    with pytest.raises(ConfigError, match="--crawl_follows must be on or off, not 'perhaps'"):
        kind.from_argv(argv(**REQUIRED, crawl_follows="perhaps"), getResolvedOptions)


def test_then_the_environment_and_then_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLAKE_LEASE_SECONDS", "7")
    monkeypatch.setenv("LOGLAKE_LAKE_BUCKET", "other")
    given = {name: value for name, value in REQUIRED.items() if name != "lake_bucket"}
    config = ConvertConfig.from_argv(argv(**given, WORKFLOW_RUN_ID="wr_1"), getResolvedOptions)
    assert (config.lake_bucket, config.lease_s, config.deadline_s) == ("other", 7, 2400)
    assert (config.run_id, config.job_name) == ("wr_1", "convert-logs")


def test_a_run_by_hand_has_a_name_of_its_own() -> None:
    assert ExportConfig.from_argv(argv(**REQUIRED), getResolvedOptions).run_id.startswith("local-")


def test_what_is_missing_is_named_with_its_meaning() -> None:
    given = {name: value for name, value in REQUIRED.items() if name != "lake_bucket"}
    with pytest.raises(ConfigError, match="--lake_bucket is missing: the bucket of tables"):
        ConvertConfig.from_argv(argv(**given), getResolvedOptions)


def test_a_convert_job_has_a_worker_beside_that_of_the_driver() -> None:
    given = {**REQUIRED, "lake_bucket": "lake"}
    assert ConvertConfig.from_argv(argv(**given, workers="9"), getResolvedOptions).workers == 9
    with pytest.raises(ConfigError, match="--workers must be at least 2, not 1"):
        ConvertConfig.from_argv(argv(**given, workers="1"), getResolvedOptions)


@pytest.mark.parametrize("value", ["soon", "0", "-1", "inf", "nan"])
def test_numbers_are_checked(value: str) -> None:
    with pytest.raises(ConfigError, match="--deadline_seconds must be"):
        ExportConfig.from_argv(argv(**REQUIRED, deadline_seconds=value), getResolvedOptions)


@pytest.mark.parametrize(("given", "is_on"), [({}, True), ({"compaction": "on"}, True), ({"compaction": "off"}, False)])
def test_compaction_is_on_unless_it_is_off(given: dict[str, str], is_on: bool) -> None:
    read = ConvertConfig.from_argv(argv(**REQUIRED, **given), getResolvedOptions)
    assert read.compaction is is_on


def test_a_switch_is_on_or_off() -> None:
    with pytest.raises(ConfigError, match="--compaction must be on or off, not 'yes'"):
        ConvertConfig.from_argv(argv(**REQUIRED, compaction="yes"), getResolvedOptions)
