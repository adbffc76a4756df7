"""`loglake cost --lake`: the estimate of what is deployed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.deployments.operated import loglake

from loglake_cli.cli import cost

if TYPE_CHECKING:
    from support.deployments.aws_account import AwsAccount

pytestmark = pytest.mark.unit


def test_stacks_and_parameters_are_those_that_are_deployed(
    account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "clients_of", lambda _region="": account.clients)

    def estimated(*options: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(loglake("cost", "--json", *options).stdout)
        return found

    nothing = loglake("cost", "--lake", "aws:loglake")
    assert (nothing.exit_code, "there is no stack of loglake in this account" in nothing.stderr) == (2, True)
    Path("loglake.yaml").write_text("parameters:\n  CrawlMode: EveryRun\nvolume:\n  gb_per_day: 20\n")
    assert loglake("deploy", "--yes").exit_code == 0
    as_written = estimated()
    assert estimated("--lake", "aws:loglake")["usd_a_month"] == as_written["usd_a_month"]
    Path("loglake.yaml").write_text("volume:\n  gb_per_day: 20\n")  # what is deployed has the crawler in each run
    assert estimated("--lake", "aws:loglake")["usd_a_month"] == as_written["usd_a_month"] > estimated()["usd_a_month"]
