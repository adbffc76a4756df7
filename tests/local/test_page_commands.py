"""The commands on README and docs run, on a kept run and on a deployment."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.local.commands import inside
from support.local.landed_run import EVENTS, landed_run
from support.pages import PAGES, typed
from typer.testing import CliRunner, Result

from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.cli.app import app
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = [pytest.mark.local, pytest.mark.spark]

ELSEWHERE = {
    "local": "tests/local/test_local_run.py and test_up.py",
    "convert": "tests/cli/test_convert.py",
    "notebook": "tests/cli/test_notebook.py and tests/operations/notebook",
    "formats": "tests/cli/test_formats.py",
    "package": "tests/deploy/test_packaging.py",
    "deploy": "tests/operations/deploying",
    "destroy": "tests/operations/deploying",
    "init": "tests/operations/deploying",
    "doctor": "tests/operations/doctor",
    "cost": "tests/operations/cost",
}
"""Commands that take long, do not end, or need CloudFormation or files of their own, and the tests that run them."""

NOTHING_THERE = (
    "there is no table",
    "The ledger has no window of",
    "No log group matches /app/gone",
    "It can't be said how much the query scans.",
    "Table 'cloudtrail_logs' does not exist",
    "Table 'vpc_flow' does not exist",
    "the lake has no table with event times yet",
    "no table has the columns of a format",
)
"""What a command may say here: the jobs of the deployment did not run, one log group of the pages is gone, and no log
group has CloudTrail's events or flow logs of a VPC."""

GROUPS = [LogGroupName(name) for name in ("/app/shop", "/app/gone", "/app/huge", "/app/noisy")]
NOT_COMMANDS = {"GROUP", "TABLE", "COMMAND", "OPTIONS", "[OPTIONS]", "…", "--wait"}
"""What only shows the shape of a command; and nothing runs the jobs here, so nothing can be waited for."""

COMMANDS = [
    tuple(words[1:])
    for words in {tuple(words) for page in PAGES for words in typed(page)}
    if words[0] == "loglake" and words[1] not in ELSEWHERE and not set(words) & NOT_COMMANDS
]


def of_a_deployment(words: tuple[str, ...]) -> bool:
    return any(word.startswith("aws:") for word in words)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's working folder: log files, exports, and the output of a local run and a conversion."""
    folder, _ = landed_run(tmp_path_factory)
    stream = folder / "exports" / "shop" / "0c7d2a5c-1111-2222-3333-444455556666" / "web"
    stream.mkdir(parents=True)
    lines = "".join(f"2026-11-20T10:00:{second:02}.000Z {text}\n" for second, text in enumerate(EVENTS))
    (stream / "000000.gz").write_bytes(gzip.compress(lines.encode()))
    for name in ("errors", "top_talkers"):
        (folder / f"{name}.sql").write_text(
            "SELECT service_name, count(*) FROM app_shop WHERE level = 'ERROR' GROUP BY 1"
        )
    for table in ("shop", "app_shop", "app_log"):  # as the pages convert them
        done = inside("convert", "exports/shop", "lake", "--table", table, cwd=folder)
        assert done.exit_code == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a running deployment with a table. Its jobs need not run."""
    settings = StackSettings(log_dir=tmp_path_factory.mktemp("jobs"))
    with LocalStack(Datasets.for_groups(GROUPS), settings, SystemClock()) as stack:
        for name in GROUPS:
            stack.aws.log_store.load(name, "web", [(SystemClock().now_ms() - 1000, text) for text in EVENTS], 0)
        yield {**os.environ, **stack.aws.environment()}


def run(words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.chdir(folder)
    asked, stdin = list(words), "n\n"
    if "<" in asked:
        asked, stdin = asked[: asked.index("<")], Path(asked[-1]).read_text()
    done = CliRunner().invoke(app, asked, input=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def accepted(done: Result) -> None:
    nothing_there = any(sentence in done.stderr for sentence in NOTHING_THERE)
    assert done.exit_code in (0, 1) or nothing_there, done.stderr


@pytest.mark.parametrize("words", sorted(filter(lambda each: not of_a_deployment(each), COMMANDS)), ids=" ".join)
def test_a_command_runs_on_what_a_local_run_kept(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted(run(words, folder, monkeypatch))


@pytest.mark.parametrize("words", sorted(filter(of_a_deployment, COMMANDS)), ids=" ".join)
def test_a_command_runs_on_a_deployment(
    words: tuple[str, ...], folder: Path, deployment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in deployment.items():
        monkeypatch.setenv(name, value)
    accepted(run(words, folder, monkeypatch))


def test_pages_have_commands_of_both_kinds() -> None:
    assert sum(map(of_a_deployment, COMMANDS)) > 10
    assert sum(not of_a_deployment(words) for words in COMMANDS) > 20


def test_what_runs_elsewhere_is_tested_there() -> None:
    for where in ELSEWHERE.values():
        first = where.split(",")[0].split(" and ")[0]
        assert (Path(__file__).parents[2] / first).exists(), first
