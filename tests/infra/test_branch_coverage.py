"""The gate on branch coverage."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.branch_coverage import Branches, main, read_branches

pytestmark = pytest.mark.infra


def report(**files: tuple[int, int]) -> str:
    """A report on files, each with its taken branches and all of them."""
    return json.dumps(
        {
            "files": {
                name.replace("__", "/"): {"summary": {"covered_branches": taken, "num_branches": every}}
                for name, (taken, every) in files.items()
            }
        }
    )


def run(monkeypatch: pytest.MonkeyPatch, text: str, percent: str = "90") -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return main([percent])


def test_packages_and_all_of_them_are_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = report(workflows__a=(9, 10), glue_jobs__core__b=(1799, 1800), glue_jobs__c=(0, 0), infra__d=(0, 0))
    assert run(monkeypatch, text) == 0
    lines, said = capsys.readouterr()
    assert lines.splitlines() == [
        "glue_jobs    99.9 % (1,799 of 1,800)",
        "infra       100.0 % (0 of 0)",
        "workflows    90.0 % (9 of 10)",
        "all          99.8 % (1,808 of 1,810)",
    ]
    assert said == ""


def test_too_few_branches_fail_and_the_files_that_miss_most_come_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, report(infra__a=(10, 12), infra__b=(0, 4), infra__whole=(53, 53))) == 0
    assert run(monkeypatch, report(infra__a=(9, 12), infra__b=(0, 4), infra__whole=(53, 53)), "90") == 1
    _, said = capsys.readouterr()
    assert said.splitlines() == [
        "Less than 90 % of the branches were taken by the tests: test what these files do there",
        "  4 missed in infra/b",
        "  3 missed in infra/a",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a report of branches"),
        ("{}", "not a report of branches"),
        (json.dumps({"files": {"a.py": {"summary": {"covered_lines": 1}}}}), "'covered_branches'"),
        (json.dumps({"files": {}}), "no files"),
    ],
)
def test_what_measured_no_branches_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert run(monkeypatch, text) == 2
    lines, error = capsys.readouterr()
    assert lines == ""
    assert said in error


def test_what_coverage_itself_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "branchy.py").write_text("if len('measured') > 3:\n    print('long')\n")

    def coverage(*arguments: str) -> str:
        command = [sys.executable, "-m", "coverage", *arguments]
        # Without the environment, which may say that this process is being measured.
        return subprocess.run(command, cwd=tmp_path, env={}, check=True, capture_output=True, text=True).stdout

    coverage("run", "--branch", "branchy.py")
    assert read_branches(coverage("json", "-q", "-o", "-")) == {"branchy.py": Branches(1, 2)}
