"""`loglake find`: ids by filter, then texts, over all tables of a lake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.deployments.operated import loglake

pytestmark = pytest.mark.local

SHOP = """\
{"time": "2026-11-20T10:00:00Z", "level": "info", "message": "up", "request_id": "abc-1", "user": {"id": 7}}
{"time": "2026-11-21T10:00:00Z", "level": "error", "message": "down after abc-1", "request_id": "abc-2"}
"""
PAY = '{"time": "2026-11-20T11:00:00Z", "message": "paid", "order": {"request_id": "abc-1"}}\n'


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two tables that have one request."""
    folder = tmp_path_factory.mktemp("found")
    for name, text in (("shop", SHOP), ("pay", PAY)):
        (folder / f"{name}.log").write_text(text)
        assert loglake("convert", str(folder / f"{name}.log"), str(folder / "lake"), "--table", name).exit_code == 0
    return str(folder / "lake")


def test_an_id_is_found_in_all_tables_the_newest_row_first(lake: str) -> None:
    done = loglake("find", "abc-1", "--lake", lake, "--json")
    found = json.loads(done.stdout)
    assert [(each["table"], each["found_in"], each["row"]["message"]) for each in found["rows"]] == [
        ("pay", ["order_request_id"], "paid"),
        ("shop", ["request_id"], "up"),
    ]
    assert (done.exit_code, found["texts_searched"], found["more"], found["tables"]) == (
        0,
        False,
        False,
        ["pay", "shop"],
    )
    assert found["rows"][1]["row"]["user_id"] == 7
    assert 0 < found["bytes_read"] < 100_000
    assert found["missing"]["complete"] is None


def test_a_person_sees_rows_with_table_and_time_and_what_was_read(lake: str) -> None:
    done = loglake("find", "abc-1", "--lake", lake, "--limit", "1")
    assert done.stdout.splitlines()[1].split()[:4] == ["2026-11-20", "11:00:00.000", "pay", "order_request_id"]
    assert "bytes were read. Columns of ids have it, so the texts were not searched" in done.stderr
    assert "there may be more rows: raise --limit" in done.stderr
    assert "Whether anything is missing is unknown: this lake has no ledger." in done.stderr


def test_a_text_is_found_if_no_id_is_it_or_if_texts_are_asked_for(lake: str) -> None:
    rows = json.loads(loglake("find", "after abc", "--lake", lake, "--json").stdout)["rows"]
    assert [(each["table"], each["found_in"], each["row"]["dt"]) for each in rows] == [("shop", [], "2026-11-21")]
    both = json.loads(loglake("find", "abc-1", "--texts", "--lake", lake, "--json").stdout)["rows"]
    assert [each["row"]["dt"] for each in both] == ["2026-11-21", "2026-11-20", "2026-11-20"]


def test_only_events_of_the_asked_time_are_found(lake: str) -> None:
    ask = ("find", "abc-1", "--lake", lake, "--json")
    found = json.loads(loglake(*ask, "--from", "2026-11-20T10:30", "--to", "2026-11-21").stdout)["rows"]
    assert [each["table"] for each in found] == ["pay"]


def test_what_is_not_there_is_said_and_nothing_to_find_is_bad_usage(lake: str, tmp_path: Path) -> None:
    done = loglake("find", "no such thing", "--lake", lake)
    assert (done.exit_code, done.stdout.strip()) == (1, "Not found in 2 tables.")
    assert loglake("find", " ", "--lake", lake).exit_code == 2
