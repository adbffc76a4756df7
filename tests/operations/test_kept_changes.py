"""Commands save their changes to a kept local run, even if no job runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.worlds.ledger_rows import ledger_row
from typer.testing import CliRunner

from gluelocal.kept.keep import export_stack
from loglake.aws.system_clock import SystemClock
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import CONVERT, Outcome, RunNote
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import RUN, StateItem
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake_cli.cli.app import app
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.operations.evidence import kept_evidence
from loglake_cli.operations.jobs import JobSettings, kept_settings

pytestmark = pytest.mark.local

SHOP = LogGroupName("/app/shop")
FAILED = ledger_row(SHOP, Window(EpochMs(0), EpochMs(MS_PER_DAY)), "app_shop", WindowState.FAILED, reason="it is gone")


@pytest.fixture
def keep(tmp_path: Path) -> Path:
    """A kept local run with a failed window, and a convert job that failed as a whole."""
    folder = tmp_path / "kept"
    with LocalStack(Datasets.for_groups([SHOP]), StackSettings(tmp_path / "logs"), SystemClock()) as stack:
        stack.ledger.add(FAILED)
        noted = RunNote.of(CONVERT, Outcome.FAILED, EpochMs(1), error="the lake is closed")
        assert stack.ledger.save(StateItem(RUN, CONVERT, noted), 0)
        export_stack(stack.aws, folder)
    return folder


def test_what_is_ignored_stays_so_and_a_run_that_failed_is_run_again(keep: Path) -> None:
    def loglake(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments, "--lake", str(keep)])
        return done.exit_code, done.stdout

    settings = kept_settings(keep)
    assert settings == JobSettings(lag_ms=0, datasets_uri=settings.datasets_uri)  # as a local stack has it
    assert "/config/datasets-" in settings.datasets_uri
    assert loglake("ignore", SHOP, "--dry-run")[0] == 0
    assert [row.is_trouble for row in kept_evidence(keep).ledger.all_rows()] == [True]
    assert loglake("ignore", SHOP) == (0, "/app/shop: 1 failed window ignored.\n")
    assert [row.is_trouble for row in kept_evidence(keep).ledger.all_rows()] == [False]
    assert loglake("ignore", SHOP) == (0, "/app/shop: 0 failed windows ignored, 1 before that.\n")
    code, said = loglake("status", "--json")
    (problem,) = json.loads(said)["problems"]
    assert (code, problem.split(", ", 1)[0]) == (1, "The last run of the convert job failed")
    assert f"loglake rerun --lake {keep}" in problem
    assert loglake("rerun", "--dry-run") == (
        0,
        "would take up what the last run of the convert job left\nDry run: nothing was changed.\n",
    )
    code, said = loglake("rerun")
    assert (code, said.splitlines()[0]) == (0, "The last run of the convert job failed: what it left is taken up.")
    code, said = loglake("status", "--json")
    assert (code, json.loads(said)["problems"]) == (0, [])
    assert {run.job: run.outcome for run in kept_evidence(keep).runs()} == {"convert": Outcome.OK, "export": Outcome.OK}
