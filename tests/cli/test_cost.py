"""`loglake cost`: the text of an estimate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.deployments.operated import loglake

from infra.docs.cost import PAGE
from loglake.aws import session
from loglake_cli.cli.deploying.shared import settings_of
from loglake_cli.operations.cost.settings import deployed_workload
from loglake_cli.operations.cost.workload import HOURLY

pytestmark = pytest.mark.unit


def estimated(tmp_path: Path, text: str, *options: str) -> Any:
    path = tmp_path / "loglake.yaml"
    path.write_text(text)
    return loglake("cost", "--settings", str(path), *options)


def test_an_estimate_is_a_table_with_its_sum(tmp_path: Path) -> None:
    done = estimated(tmp_path, "volume: {gb_per_day: 10}\nstacks: {monitoring: off}\n")
    assert done.exit_code == 0
    rows = {line.split("  ")[0]: line.split()[1] for line in done.stdout.splitlines() if line}
    assert (rows["convert-logs"], rows["all"]) == ("12.21", "83.06")
    assert "assumptions are guesses" in done.stdout


def test_an_estimate_asks_aws_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(session, "client")
    assert estimated(tmp_path, "prefix: lake\n", "--json").exit_code == 0


def test_a_mistake_in_the_file_is_a_sentence(tmp_path: Path) -> None:
    done = estimated(tmp_path, "volume: {gb_a_day: 10}\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "gb_a_day is not a field of a workload: did you mean gb_per_day" in done.stderr


def test_the_page_has_the_numbers_of_the_command(tmp_path: Path) -> None:
    """docs/aws/cost.md: a table is the estimate without the stack monitoring, the file that it shows can be read."""
    page = PAGE.read_text("utf-8")
    document = json.loads(estimated(tmp_path, "stacks: {monitoring: off}", "--json").stdout)
    for part in document["parts"]:
        assert not part["usd"] or f"| {part['name']} | {part['usd']:,.2f} | {part['how']} |" in page
    assert f"| **all** | **{document['usd_a_month']:,.2f}** | |" in page
    for name, assumption in document["assumptions"].items():
        assert f"| {assumption['value']:g} | {assumption['unit']} |" in page, name
    shown = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "shown.yaml").write_text(shown)
    given, _ = settings_of(tmp_path / "shown.yaml")
    workload = deployed_workload(given.volume, given.stacks, given.parameters or {})
    assert (workload.ticks_a_day, workload.raw_days, workload.gb_per_day) == (8, 90, 10)
    for name in vars(HOURLY):
        assert f"`{name}`" in page, name


def test_the_document_has_what_the_page_says_it_has(tmp_path: Path) -> None:
    schema = PAGE.read_text("utf-8").split("## `--json`")[1].split("\n## ")[0]
    made = json.loads(estimated(tmp_path, "{}", "--json").stdout)
    for member in made:
        assert f"`{member}`" in schema, member
    for member in (*made["parts"][0], *made["assumptions"]["dpu_hour"]):
        assert f'"{member}"' in schema or f"`{member}`" in schema, member


def test_the_settings_file_that_is_here_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nothing = json.loads(loglake("cost", "--json").stdout)
    (tmp_path / "loglake.yaml").write_text("volume: {gb_per_day: 10}\n")
    found = json.loads(loglake("cost", "--json").stdout)
    assert (nothing["workload"]["gb_per_day"], found["workload"]["gb_per_day"]) == (HOURLY.gb_per_day, 10)
