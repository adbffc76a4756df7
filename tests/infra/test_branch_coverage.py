"""The gate on branch coverage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.branch_coverage import verdict

pytestmark = pytest.mark.infra


def report(**files: tuple[int, int]) -> str:
    """A report on files, each with its taken branches and all of them."""

    def summary(taken: int, every: int) -> dict[str, int]:
        return {"covered_branches": taken, "num_branches": every, "missing_branches": every - taken}

    taken, every = (sum(pair[at] for pair in files.values()) for at in (0, 1))
    named = {name.replace("__", "/"): {"summary": summary(*pair)} for name, pair in files.items()}
    return json.dumps({"files": named, "totals": summary(taken, every)})


def test_enough_branches_pass() -> None:
    text = report(workflows__a=(9, 10), glue_jobs__b=(1799, 1800), infra__d=(0, 0))
    assert verdict(text, 90) == ("1,808 of 1,810 branches were taken by the tests", True)


def test_too_few_branches_fail_and_the_files_that_miss_most_come_first() -> None:
    assert verdict(report(infra__a=(10, 12), infra__b=(0, 4), infra__whole=(53, 53)), 90)[1]
    said, enough = verdict(report(infra__a=(9, 12), infra__b=(0, 4), infra__whole=(53, 53)), 90)
    assert not enough
    assert said.splitlines() == [
        "62 of 69 branches were taken by the tests",
        "That is less than 90 %. Test what these files do there:",
        "  4 missed in infra/b",
        "  3 missed in infra/a",
    ]


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"files": {}, "totals": {"covered_lines": 1}})])
def test_what_measured_no_branches_does_not_pass(text: str) -> None:
    with pytest.raises((KeyError, json.JSONDecodeError)):
        verdict(text, 90)
    assert not verdict(report(), 90)[1]


def test_what_coverage_itself_writes_is_read(tmp_path: Path) -> None:
    (tmp_path / "branchy.py").write_text("if len('measured') > 3:\n    print('long')\n")

    def coverage(*arguments: str) -> str:
        command = [sys.executable, "-m", "coverage", *arguments]
        # Without the environment, which may say that this process is being measured.
        return subprocess.run(command, cwd=tmp_path, env={}, check=True, capture_output=True, text=True).stdout

    coverage("run", "--branch", "branchy.py")
    written = coverage("json", "-q", "-o", "-")
    for percent, status in ((50, 0), (51, 1)):
        gate = [sys.executable, "-m", "infra.branch_coverage", str(percent)]
        run = subprocess.run(gate, input=written, check=False, capture_output=True, text=True)
        assert run.returncode == status
        assert run.stdout.startswith("1 of 2 branches were taken")
