"""Commands read a deployment's settings from the deployed export job."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from athena_duckdb.errors import ConfigError
from loglake.config import ExportConfig
from loglake.core.planning.derive import PlanRules
from loglake.core.units import MS_PER_HOUR, MS_PER_MINUTE
from loglake_cli.operations.jobs import JobSettings, deployed_settings, kept_settings

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("arguments", "lag_minutes", "settle_after_hours"),
    [
        ({}, 30, 24),
        ({"--lag_minutes": "90", "--settle_after_hours": "36"}, 90, 36),
        ({"--lag_minutes": "0"}, 0, 24),
        ({"--lag_minutes": "soon", "--settle_after_hours": "inf"}, 30, 24),  # the job refuses these, and says so
    ],
)
def test_settings_are_the_jobs_arguments(arguments: dict[str, str], lag_minutes: int, settle_after_hours: int) -> None:
    found = JobSettings.of(arguments)
    assert (found.lag_ms, found.settle_after_ms) == (lag_minutes * MS_PER_MINUTE, settle_after_hours * MS_PER_HOUR)


def test_the_defaults_are_those_of_the_job_and_of_planning() -> None:
    needed = ("control_bucket", "raw_bucket", "lake_bucket", "ledger_table", "datasets_uri")
    argv = ["job", *(text for name in needed for text in (f"--{name}", "x"))]
    config = ExportConfig.from_argv(argv, lambda _, names: dict.fromkeys(names, "x"))
    assert JobSettings() == JobSettings(config.lag_minutes * MS_PER_MINUTE, config.settle_after_hours * MS_PER_HOUR)
    assert JobSettings() == JobSettings(PlanRules().lag_ms, PlanRules().settle_after_ms)


def test_the_deployed_job_is_asked_and_the_default_taken_if_that_is_refused() -> None:
    glue = boto3.client("glue", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(glue) as stubbed:
        asked = {"JobName": "lake-export-logs"}
        stubbed.add_response("get_job", {"Job": {"DefaultArguments": {"--lag_minutes": "5"}}}, asked)
        stubbed.add_response("get_job", {"Job": {}}, asked)
        stubbed.add_client_error("get_job", "EntityNotFoundException", http_status_code=400)
        stubbed.add_client_error("get_job", "AccessDeniedException", http_status_code=400)
        assert deployed_settings(glue, "lake") == JobSettings(lag_ms=5 * MS_PER_MINUTE)
        assert [deployed_settings(glue, "lake") for _ in range(3)] == [JobSettings()] * 3
        stubbed.assert_no_pending_responses()


def test_without_a_kept_run_there_are_no_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no kept run"):
        kept_settings(tmp_path)
