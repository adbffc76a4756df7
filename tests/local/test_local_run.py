"""`loglake local run` and `loglake query` from the command line, with results counted by other tools."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.local.commands import LOGLAKE, inside, process
from support.local.installed import sample_run
from support.local.processes import processes

from loglake.core.units import MS_PER_DAY, parse_instant
from loglake_cli.local.run_input import Groups, generate

pytestmark = [pytest.mark.local, pytest.mark.spark]


@pytest.fixture(scope="module", name="sample_run")
def _sample_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder and the document of a run on the built-in sample, each part with its role's credentials alone."""
    return sample_run(tmp_path_factory)


def answer(sql: str) -> duckdb.DuckDBPyRelation:
    relation = duckdb.sql(sql)
    assert relation is not None
    return relation


def parquet(folder: Path, table: str) -> str:
    (lake,) = (folder / "kept").glob("loglake-lake-*")
    return f"read_parquet('{lake}/tables/{table}/*/*.parquet', union_by_name=true)"


def sample_of(folder: Path) -> Groups:
    """The sample that a run made on its own day: midnight may have passed since."""
    last = max(path.name for path in folder.glob("kept/loglake-lake-*/tables/app_shop/dt=*"))
    return generate(parse_instant(last.removeprefix("dt=")) + MS_PER_DAY)


def events_of(sample: Groups) -> Counter[str]:
    """How many events each log group has."""
    return Counter({group: sum(map(len, streams.values())) for group, streams in sample.items()})


def test_a_good_run_shows_nothing_that_looks_like_a_failure(sample_run: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = sample_run
    shown = (folder / "progress.txt").read_text()
    assert "All rows can be queried" in shown
    assert not re.search("STOPPED|SKIPPED|ERROR|Exception", shown)
    logs = [path.read_text() for path in folder.glob("kept-logs/*.log")]
    assert len(logs) >= 2
    assert not [text for text in logs if "Exception" in text or " ERROR " in text]


def test_every_node_succeeded_and_nothing_was_lost(sample_run: tuple[Path, dict[str, Any]]) -> None:
    folder, document = sample_run
    runs = document["workflow_runs"]
    assert [(run["name"], run["status"]) for run in runs] == [
        ("loglake-log-export", "COMPLETED"),
        ("loglake-log-catalog", "COMPLETED"),
    ]
    nodes = [node for run in runs for node in run["nodes"]]
    assert [(node["type"], node["name"], node["state"]) for node in nodes if node["type"] != "TRIGGER"] == [
        ("JOB", "loglake-export-logs", "SUCCEEDED"),
        ("JOB", "loglake-convert-logs", "SUCCEEDED"),
        ("CRAWLER", "loglake-crawl-lake", "SUCCEEDED"),
    ]
    assert all(node["seconds"] >= 0 for node in nodes)
    succeeded = [run["statistics"]["SucceededActions"] for run in runs]
    assert succeeded == [run["statistics"]["TotalActions"] for run in runs] == [2, 1]
    sample = sample_of(folder)
    texts = [text for streams in sample.values() for events in streams.values() for _, text in events]
    events = events_of(sample)
    assert document["accounting"] == {
        "events_in": 50_000,
        "rows_out": 50_000,
        "quarantined": 0,
        "duplicates": 0,
        "out_of_window": 0,
        "dropped": 0,
        "rescued_values": 0,
        "violations": 0,
        "text_bytes": sum(len(text.encode()) for text in texts),
        "quarantine_left_out": 0,
        "quarantine_left_out_bytes": 0,
        "read_as": {
            "json": events["/app/shop"],
            "lambda": events["/aws/lambda/checkout"],
            "vpc_flow": events["/vpc/flow"],
        },
    }
    assert document["ways"] == {"read": ["/aws/lambda/checkout", "/vpc/flow"], "task": ["/app/shop"]}


def test_the_tables_hold_what_the_generator_says_it_made(sample_run: tuple[Path, dict[str, Any]]) -> None:
    folder, document = sample_run
    made = sample_of(folder)
    events = events_of(made)
    tables = {table["name"]: table for table in document["tables"]}
    assert {name: table["rows"] for name, table in tables.items()} == {
        "app_shop": events["/app/shop"],
        "aws_lambda": events["/aws/lambda/checkout"],
        "vpc_flow": events["/vpc/flow"],
    }
    assert {table["partitions"] for table in tables.values()} == {3}
    for table, group in (("app_shop", "/app/shop"), ("aws_lambda", "/aws/lambda/checkout"), ("vpc_flow", "/vpc/flow")):
        query = f"SELECT log_stream, epoch_ms(event_time), raw FROM {parquet(folder, table)}"
        expected = Counter(
            (stream, ms, text)
            for name, streams in made.items()
            if name == group
            for stream, events in streams.items()
            for ms, text in events
        )
        assert Counter(answer(query).fetchall()) == expected, table


def test_every_json_scalar_of_a_stable_type_is_in_a_typed_column(sample_run: tuple[Path, dict[str, Any]]) -> None:
    folder, document = sample_run
    columns = next(table["columns"] for table in document["tables"] if table["name"] == "app_shop")
    rows = answer(f"SELECT * FROM {parquet(folder, 'app_shop')}")
    names = rows.columns
    types = {bool: "boolean", int: "bigint", float: "double", str: "string"}
    seen: dict[str, set[str]] = {}
    for row in rows.fetchall():
        event = dict(zip(names, row, strict=True))
        for path, value in scalars(json.loads(event["raw"])):
            if path in {"level", "message"}:  # what repeats the envelope has no column of its own
                assert event[path] in {value, value.upper()}, (path, event[path], value)
                continue
            assert event[path] == value, (path, event[path], value)
            seen.setdefault(path, set()).add(types[type(value)])
    for name, kinds in seen.items():
        assert kinds == {columns[name]} or kinds == {"bigint", "double"}, name
    assert set(seen.values() and columns.values()) >= {"boolean", "bigint", "double", "string", "timestamp"}


def scalars(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Paths and values of the scalars of a JSON object, without lists, found without the kernels."""
    for key, item in value.items():
        name = f"{path}_{key}" if path else key
        if isinstance(item, dict):
            yield from scalars(item, name)
        elif not isinstance(item, list) and item is not None:
            yield name, item


def test_roles_are_granted_what_a_run_needs_and_no_more(sample_run: tuple[Path, dict[str, Any]]) -> None:
    folder, document = sample_run
    iam = document["iam"]
    assert iam["refused"] == []
    assert iam["conditions_not_checked"] == []
    unknown = [granted for granted in iam["never_used"] if not granted["known_reason"]]
    assert unknown == []  # take it out of access.yaml, or say in seldom_used.yaml when it is used
    calls = json.loads((folder / "kept" / "access.json").read_text())
    assert sum(call["count"] for call in calls) == iam["accesses"]
    assert all(call["allowed"] and call["resource"] for call in calls)
    assert {call["role"].split("-")[2] for call in calls} == {"ExportRole", "ConvertRole", "CrawlerRole", "EventsRole"}


def test_the_kept_run_answers_queries(sample_run: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = sample_run
    done = inside(
        "query", "SELECT dt, count(*) AS n FROM loglake.vpc_flow GROUP BY dt ORDER BY dt", "--lake", "kept", "--json",
        cwd=folder,
    )  # fmt: skip
    rows = json.loads(done.stdout)
    assert len(rows) == 3
    assert sum(row["n"] for row in rows) == 9_000
    assert "vpc_flow" in inside("query", "SHOW TABLES", "--lake", "kept", cwd=folder).stdout
    refused = inside("query", "DROP TABLE app_shop", "--lake", "kept", cwd=folder)
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_a_text_file_keeps_every_event_exactly_and_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    lines = [
        "2025-12-10T06:55:46.123Z starting up",
        "2025-12-10 06:55:47,001 ERROR it broke",
        "  at line 1",
        "",
        "\tat line 2 ünïcödé \u2028 \\n",
        "no timestamp at all, in a file that has some",
        '2025-12-10T06:55:48Z {"json": "after a timestamp"}',
    ]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for path in ("logs", "logs/app.log"):
        done = inside("local", "run", "--logs", path, "--log-group", "/app/mine", "--lake", "kept", cwd=tmp_path)
        assert done.exit_code == 0, done.stdout + done.stderr
        texts = [row[0] for row in answer(f"SELECT raw FROM {parquet(tmp_path, 'app_mine')}").fetchall()]
        assert sorted(texts) == sorted([lines[0], "\n".join(lines[1:6]), lines[6]])
    assert "3 events in = 3 rows out" in done.stdout
    (asked,) = [line for line in done.stdout.splitlines() if "loglake query 'SELECT dt, level" in line]
    answered = inside(*shlex.split(asked)[1:], cwd=tmp_path)
    assert (answered.exit_code, answered.stdout.strip() in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--logs", "nothing.log", "--log-group", "/app/x"],
            "nothing.log: give --logs the path of a text file",
        ),
        (["--logs", "some.log"], "each --logs and each --landing needs its --log-group"),
        (["--datasets", "nothing.yaml"], "nothing.yaml can't be read"),
        (
            ["--logs", "some.log", "--log-group", "/app/x", "--datasets", "other.yaml"],
            "/app/x: add `- {table: app_x, log_groups: ['/app/x']}` under `datasets:` in HERE/other.yaml",
        ),
        (
            ["--logs", "some.log", "--log-group", "/land", "--datasets", "other.yaml"],
            "takes /land with ingest: landing",
        ),
        (["--lake", "taken"], "has files that no run made"),
        (["--wrong"], "No such option"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_status_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "some.log").write_text("hello\n")
    (tmp_path / "other.yaml").write_text("datasets: [{log_groups: [/other]}, {log_groups: [/land], ingest: landing}]")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "precious").write_text("mine")
    done = inside("local", "run", *arguments, cwd=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said.replace("HERE", str(tmp_path)) in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "taken" / "precious").read_text() == "mine"


def test_bad_input_ends_the_process_with_a_sentence_and_exit_status_2(tmp_path: Path) -> None:
    done = process("local", "run", "--datasets", "nothing.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing.yaml can't be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_leaves_no_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    # Jobs inherit HOME, and so do the JVM and the workers that they start.
    marker = f"HOME={tmp_path}"
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    with subprocess.Popen(
        [*LOGLAKE, "local", "run", "--lake", "kept", "--logs", "app.log", "--log-group", "/app/mine"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default", "HOME": str(tmp_path)},
    ) as process:
        assert process.stderr
        for line in process.stderr:
            if "loglake-convert-logs RUNNING" in line:
                break
        while "java" not in processes(marker):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "nothing is left running" in stderr
    assert processes(marker) == []
    assert not (tmp_path / "kept").exists()


def test_nothing_is_damaged_after_it(sample_run: tuple[Path, dict[str, Any]]) -> None:
    done = inside("verify", "--deep", "--lake", "kept", cwd=sample_run[0])
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1), done.stdout
    assert done.stdout.endswith("every byte. All is as it should be.\n")


def test_what_is_damaged_behind_its_back_is_named_and_repaired(
    sample_run: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Files deleted and truncated, a decision that can't be read, a foreign file, a table that was dropped, and a log
    group without ledger rows and decisions.
    """
    shutil.copytree(sample_run[0] / "kept", tmp_path / "kept")
    (lake,) = (tmp_path / "kept").glob("loglake-lake-*")
    counts = (
        "SELECT (SELECT count(*) FROM app_shop) AS shop, (SELECT count(DISTINCT raw) FROM app_shop) AS texts, "
        "(SELECT count(*) FROM aws_lambda) AS lambda"
    )
    before = inside("query", "--json", "--lake", "kept", counts, cwd=tmp_path).stdout
    first, second = sorted((lake / "tables" / "app_shop").rglob("*.parquet"))[:2]
    first.unlink()
    second.write_bytes(b"")
    (second.parent / "mine.parquet").write_bytes(b"PAR1")
    next((lake / "commits" / "vpc_flow").glob("*.json")).write_bytes(b"{")
    shutil.rmtree(lake / "commits" / "aws_lambda")
    ledger = json.loads((tmp_path / "kept" / "ledger.json").read_text())
    ledger = {name: [i for i in items if "group#/aws/lambda" not in i["pk"]["S"]] for name, items in ledger.items()}
    (tmp_path / "kept" / "ledger.json").write_text(json.dumps(ledger))
    catalog = json.loads((tmp_path / "kept" / "catalog.json").read_text())
    catalog["tables"] = [table for table in catalog["tables"] if table["Name"] != "app_shop"]
    catalog["partitions"] = [each for each in catalog["partitions"] if each["TableName"] != "app_shop"]
    (tmp_path / "kept" / "catalog.json").write_text(json.dumps(catalog))
    found = inside("verify", "--json", "--lake", "kept", cwd=tmp_path)
    kinds = sorted({each["kind"] for each in json.loads(found.stdout)["damage"]})
    expected = ["catalog-table-gone", "decision-unreadable", "file-gone", "file-size", "file-unnamed", "window-gone"]
    assert (found.exit_code, kinds) == (1, expected), found.stderr
    status = inside("status", "--json", "--lake", "kept", cwd=tmp_path)
    assert (status.exit_code, [each["table"] for each in json.loads(status.stdout)["lost_files"]]) == (1, ["app_shop"])
    done = inside("rerun", "--damaged", "--remove-unnamed", "--yes", "--lake", "kept", cwd=tmp_path)
    assert done.exit_code == 0, done.stdout + done.stderr
    assert inside("verify", "--deep", "--lake", "kept", cwd=tmp_path).exit_code == 0
    assert inside("status", "--lake", "kept", cwd=tmp_path).exit_code == 0
    assert inside("query", "--json", "--lake", "kept", counts, cwd=tmp_path).stdout == before
