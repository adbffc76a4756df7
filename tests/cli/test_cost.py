"""`loglake cost`: the text of an estimate and of actual use."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.aws.answering_clients import AnsweringClients, Refused
from support.deployments.operated import loglake
from support.deployments.used_account import SHOP, WEB, row, used_account

from infra.docs.cost import PAGE
from loglake.aws import session
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.system_clock import SystemClock
from loglake_cli.operations.cost.settings import read_workload
from loglake_cli.operations.cost.workload import HOURLY

pytestmark = pytest.mark.unit


def estimated(tmp_path: Path, text: str, *options: str) -> Any:
    path = tmp_path / "loglake.yaml"
    path.write_text(text)
    return loglake("cost", "--estimate", str(path), *options)


def test_an_estimate_is_a_table_with_its_sum(tmp_path: Path) -> None:
    done = estimated(tmp_path, "gb_per_day: 10\n")
    assert done.exit_code == 0
    rows = {line.split("  ")[0]: line.split()[1] for line in done.stdout.splitlines() if line}
    assert (rows["convert-logs"], rows["all"]) == ("18.90", "90.58")
    assert "assumptions are guesses" in done.stdout


def test_an_estimate_asks_aws_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(session, "client")
    assert estimated(tmp_path, "prefix: lake\n", "--json").exit_code == 0


def test_a_mistake_in_the_file_is_a_sentence(tmp_path: Path) -> None:
    done = estimated(tmp_path, "gb_a_day: 10\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "gb_a_day is not a field of a workload: do you mean gb_per_day?" in done.stderr


def test_the_page_has_the_numbers_of_the_command(tmp_path: Path) -> None:
    """docs/aws/cost.md: its first table is the estimate of an empty file, the file that it shows can be read."""
    page = PAGE.read_text("utf-8")
    document = json.loads(estimated(tmp_path, "{}", "--json").stdout)
    for part in document["parts"]:
        assert not part["usd"] or f"| {part['name']} | {part['usd']:,.2f} | {part['how']} |" in page
    assert f"| **all** | **{document['usd_a_month']:,.2f}** | |" in page
    for name, assumption in document["assumptions"].items():
        assert f"| {assumption['value']:g} | {assumption['unit']} |" in page, name
    shown = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "shown.yaml").write_text(shown)
    workload = read_workload(tmp_path / "shown.yaml")
    assert (workload.ticks_a_day, workload.raw_days, workload.gb_per_day) == (8, 30, 10)
    for name in vars(HOURLY):
        assert f"`{name}`" in page, name


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> AnsweringClients:
    """The account of the command, with an empty ledger."""
    found = used_account()
    found.answers["dynamodb", "GetItem"] = lambda _: {}
    found.answers["dynamodb", "Scan"] = lambda _: {"Items": []}
    found.answers["dynamodb", "Query"] = lambda _: {"Items": []}
    monkeypatch.setattr(session, "client", found)
    return found


def test_what_was_used_is_shown(account: AnsweringClients) -> None:
    done = loglake("cost", "--prefix", "lake", "--days", "7", "--quiet")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["log-export", "5", "2", "0.10", "0.04"] in lines
    assert "2 of 5 job runs did nothing (40%)" in done.stdout
    assert "dashboards" in done.stdout
    assert "USD a GB" not in done.stdout, "no log group"


def test_log_groups_are_listed_with_their_cost(account: AnsweringClients, monkeypatch: pytest.MonkeyPatch) -> None:
    now_ms = SystemClock().now_ms()
    rows = [row(SHOP, 3, updated_at_ms=now_ms), row(WEB, 1, updated_at_ms=now_ms)]
    monkeypatch.setattr(DynamoLedger, "all_rows", lambda _: rows)
    shown = loglake("cost", "--prefix", "lake", "--days", "400").stdout
    assert re.search(r"^/app/shop +1 +3\.000 +10 +\d+\.\d\d +\d+\.\d\d$", shown, re.MULTILINE)
    assert shown.index("/app/shop") < shown.index("/app/web"), "the dearest first"


def test_the_document_has_what_the_page_says_it_has(account: AnsweringClients, tmp_path: Path) -> None:
    schema = PAGE.read_text("utf-8").split("## `--json`")[1].split("\n## ")[0]
    used = json.loads(loglake("cost", "--prefix", "lake", "--json").stdout)
    made = json.loads(estimated(tmp_path, "{}", "--json").stdout)
    for member in {*used, *made} - {"kind"}:
        assert f"`{member}`" in schema, member
    for each in used["workflows"]:
        for member in each:
            assert f'"{member}"' in schema, member
    for member in (*used["idle"], *made["assumptions"]["dpu_hour"]):
        assert f'"{member}"' in schema or f"`{member}`" in schema, member


def test_the_page_has_each_permission_that_it_needs(account: AnsweringClients) -> None:
    assert loglake("cost", "--prefix", "lake", "--json").exit_code == 0
    needed = {f"{service}:{operation}" for service, operation in account.calls if service != "sts"}
    page = PAGE.read_text("utf-8").split("## What it really costs")[1].split("\n## ")[0]
    assert needed == set(re.findall(r"`([a-z]+:[A-Z]\w+)`", page))


def test_a_prefix_under_which_nothing_is_deployed_is_reported(account: AnsweringClients) -> None:
    def missing(_: object) -> Any:
        raise Refused("ResourceNotFoundException", "Requested resource not found")

    account.answers["dynamodb", "GetItem"] = missing
    done = loglake("cost", "--prefix", "lake")
    assert done.exit_code == 2
    assert "there is no loglake with the prefix lake in this account and Region: check --prefix" in done.stderr


def test_a_ledger_that_may_not_be_read_is_named(account: AnsweringClients) -> None:
    def refuse(_: object) -> Any:
        raise Refused("AccessDeniedException", "not authorized")

    for operation in ("GetItem", "Scan", "Query"):
        account.answers["dynamodb", operation] = refuse
    done = loglake("cost", "--prefix", "lake", "--json")
    assert done.exit_code == 0
    (unknown,) = json.loads(done.stdout)["unknown"]
    assert unknown["what"] == "the ledger, for the cost of log groups"
    assert "dynamodb:" in unknown["why"]


def test_without_credentials_it_is_said_what_to_set(account: AnsweringClients) -> None:
    def refuse(_: object) -> Any:
        raise Refused("ExpiredToken", "The security token included in the request is expired", 403)

    account.answers["sts", "GetCallerIdentity"] = refuse
    done = loglake("cost", "--prefix", "lake")
    assert done.exit_code == 2
    assert "set credentials and a Region" in done.stderr
