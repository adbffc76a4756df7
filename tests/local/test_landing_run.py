"""`loglake local run --landing`, and the commands that work on the run afterwards."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from support.local.commands import inside, process
from support.local.landed_run import EVENTS, landed_run
from support.local.landed_run import LANDED as GROUP
from support.logs.payloads import event_id

pytestmark = [pytest.mark.local, pytest.mark.spark]

TABLES = "take one of app_batch, app_live, app_mine, app_shop, lb."


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A copy of the folder, and the document of the run in it."""
    return landed_run(tmp_path_factory)


def rows(folder: Path, sql: str) -> Any:
    done = inside("query", "--json", sql, cwd=folder)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_each_event_id_is_one_row_whatever_it_came_in(landed: tuple[Path, dict[str, Any]]) -> None:
    folder, document = landed
    exported = {"app_batch": 2, "app_shop": len(EVENTS), "app_mine": len(EVENTS)}
    assert {table["name"]: table["rows"] for table in document["tables"]} == {**exported, "app_live": 60, "lb": 3}
    accounting, rows_out = document["accounting"], sum(exported.values()) + 60 + 3
    assert (accounting["events_in"], accounting["rows_out"], accounting["duplicates"]) == (
        rows_out + 10 + 1,
        rows_out,
        10,
    )
    found = rows(folder, "SELECT _event_id AS id, n, level, log_group FROM app_live ORDER BY n")
    assert found == [{"id": event_id(n), "n": n, "level": "WARN", "log_group": GROUP} for n in range(60)]


def test_nothing_is_damaged_after_it(landed: tuple[Path, dict[str, Any]]) -> None:
    done = inside("verify", "--deep", cwd=landed[0])
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1), done.stdout


def test_landing_takes_what_the_roles_are_granted_for_it(landed: tuple[Path, dict[str, Any]]) -> None:
    iam = landed[1]["iam"]
    assert iam["refused"] == []
    assert [granted for granted in iam["never_used"] if granted["known_reason"] is None] == []
    assert [granted for granted in iam["never_used"] if "landed" in granted["known_reason"]] == []


def test_both_workflows_ran(landed: tuple[Path, dict[str, Any]]) -> None:
    runs = landed[1]["workflow_runs"]
    names = [run["name"].removeprefix("loglake-log-") for run in runs]
    # What was exported, and then the two tables that were landed: each asks for one crawl, and nothing wakes any other.
    assert names[:2] == ["export", "catalog"]
    assert set(names[2:]) == {"landing", "catalog"}
    assert {node["state"] for run in runs for node in run["nodes"]} == {"FIRED", "SUCCEEDED"}


def test_objects_without_timestamps_have_their_own_time(landed: tuple[Path, dict[str, Any]]) -> None:
    found = rows(landed[0], "SELECT DISTINCT CAST(event_time AS VARCHAR) AS at, log_group, elb FROM lb")
    assert found == [{"at": "2026-11-21 08:30:00.123", "log_group": "/lb", "elb": "app/my-lb/50dc6c495c0c9188"}]


def test_what_cant_be_decoded_is_in_quarantine(landed: tuple[Path, dict[str, Any]]) -> None:
    (lake,) = (landed[0] / ".loglake" / "local").glob("loglake-lake-*")
    (file,) = lake.glob("quarantine/**/*.jsonl.gz")
    (entry,) = map(json.loads, gzip.decompress(file.read_bytes()).splitlines())
    assert entry["source"].endswith("cut.gz")
    assert "middle of a gzip member" in entry["reason"]
    assert landed[1]["quarantine_reasons"] == {entry["reason"]: 1}


def test_a_column_is_given_another_type_and_quarantined_input_converted_again(
    landed: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = landed
    shown = json.loads(inside("schema", "show", "app_live", "--json", cwd=folder).stdout)
    assert {column["column"]: column["type"] for column in shown["columns"]} == {"n": "bigint"}
    assert inside("schema", "show", "app_live", cwd=folder).exit_code == 0
    done = inside("schema", "set", "app_live", "n=boolean", cwd=folder)
    assert (done.exit_code, done.stdout) == (0, "app_live.n is boolean from version 2 on: 1 window converted again\n")
    suggested = json.loads(inside("schema", "suggest", "app_live", "--json", cwd=folder).stdout)
    (field,) = suggested["fields"]
    assert [field[name] for name in ("field", "has", "rows", "type", "left")] == ["n", "boolean", 60, "string", 0]
    assert suggested["command"] == "loglake schema set app_live n=string"
    assert f"  {suggested['command']}" in inside("schema", "suggest", "app_live", cwd=folder).stdout.splitlines()
    done = inside(*suggested["command"].split()[1:], cwd=folder)
    assert (done.exit_code, done.stdout) == (0, "app_live.n is string from version 3 on: 1 window converted again\n")
    nothing = "app_live: no row since 2026-11-15 has a rescued value\n"
    assert inside("schema", "suggest", "app_live", cwd=folder).stdout == nothing
    assert rows(folder, "SELECT typeof(n) AS t, count(*) AS c FROM app_live GROUP BY 1") == [{"t": "varchar", "c": 60}]
    assert inside("schema", "show", "app_live", cwd=folder).exit_code == 0
    assert (
        inside("schema", "show", "app_live", "--history", cwd=folder).stdout.splitlines()[-1]
        == "  ~ n boolean -> string"
    )

    done = inside("rerun", "--quarantined", cwd=folder)
    assert done.exit_code == 1
    assert done.stdout == "1 entry in quarantine and 1 landed object: 0 windows converted again.\n"
    assert "cut.gz: 1 entries are still in quarantine" in done.stderr
    assert rows(folder, "SELECT count(*) AS c FROM app_live") == [{"c": 60}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["local", "run", "--landing", "plain.json", "--log-group", "/other"],
            "holds events of /app/live, and none of",
        ),
        (["local", "run", "--landing", "no", "--log-group", "/other"], "no is not a file"),
        (["local", "run", "--landing", "plain.json"], "each --landing needs its --log-group"),
        (
            [
                "local",
                "run",
                "--landing",
                "plain.json",
                "--log-group",
                GROUP,
                "--logs",
                "batch.log",
                "--log-group",
                GROUP,
            ],
            "can't be both exported and landed",
        ),
        (["schema", "set", "app_live", "n=number"], "'number' is not a type"),
        (["schema", "set", "app_live", "other=string"], "no column other"),
        (
            ["schema", "show", "other"],
            f"no table other: {TABLES}",
        ),
        (["schema", "show", "app_live", "--lake", "nowhere"], "there is no folder"),
    ],
)
def test_bad_usage_is_reported(landed: tuple[Path, dict[str, Any]], arguments: list[str], said: str) -> None:
    done = inside(*arguments, cwd=landed[0])
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_usage_ends_the_process_with_a_sentence(landed: tuple[Path, dict[str, Any]]) -> None:
    done = process("schema", "show", "other", cwd=landed[0])
    assert done.returncode == 2
    assert f"no table other: {TABLES}" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_window_is_accounted_for(landed: tuple[Path, dict[str, Any]]) -> None:
    windows = {window["log_group"]: window for window in landed[1]["windows"]}
    assert set(windows) == {"/app/batch", "/app/shop", "/app/mine", GROUP, "/lb"}
    assert {window["state"] for window in windows.values()} == {"CONVERTED"}
    live = windows[GROUP]["accounting"]
    assert (live["events_in"], live["rows_out"], live["duplicates"]) == (70, 60, 10)
