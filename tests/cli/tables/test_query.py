"""`loglake query`: the sources of a statement, and the forms of its result."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from support.athena_duckdb.kept_runs import kept_app
from support.deployments.operated import loglake
from typer.testing import CliRunner

from loglake_cli.cli.app import app

SQL = """
SELECT n, text, ARRAY[n] AS many, 7 / 2, map(ARRAY['a'], ARRAY[1.5]) AS m, timestamp '2026-11-20 10:00:00' AS t FROM app
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept_app(tmp_path_factory.mktemp("run") / "kept")


def test_the_answer_is_written_as_it_is_asked_for(kept: Path, tmp_path: Path) -> None:
    ask = ("query", SQL, "--lake", str(kept))
    csv = "n,text,many,_col3,m,t\r\n1,x,[1],3,{a=1.5},2026-11-20 10:00:00.000\r\n"
    assert loglake(*ask, "--as", "csv").stdout.encode() in {csv.encode(), csv.replace("\r\n", "\n").encode()}
    (row,) = json.loads(loglake(*ask, "--as", "json").stdout)
    assert row == {"n": 1, "text": "x", "many": [1], "_col3": 3, "m": {"a": 1.5}, "t": "2026-11-20 10:00:00.000"}
    assert loglake(*ask, "--into", str(tmp_path / "all.parquet")).exit_code == 0
    table = pq.read_table(tmp_path / "all.parquet")
    assert table.to_pylist()[0]["many"] == [1]
    assert [str(kind) for kind in table.schema.types[:2]] == ["int64", "string"]


def test_a_csv_file_has_no_formulas_if_that_is_asked_for(kept: Path) -> None:
    ask = ("query", "SELECT '=1+1' AS text, -1 AS n FROM app", "--lake", str(kept), "--as")
    assert loglake(*ask, "csv").stdout.splitlines() == ["text,n", "=1+1,-1"]
    assert loglake(*ask, "spreadsheet").stdout.splitlines() == ["text,n", "'=1+1,-1"]


def test_a_statement_comes_from_stdin_too(kept: Path) -> None:
    statement = "SELECT count(*) AS rows FROM app -- all\n;"
    done = CliRunner().invoke(app, ["query", "-", "--lake", str(kept)], input=statement)
    assert done.stdout.split() == ["rows", "1"]
    assert "bytes of the tables' files were read" in done.stderr


def test_duckdb_speaks_its_own_sql(kept: Path) -> None:
    done = loglake("query", "FROM app SELECT 7 / 2 AS half", "--dialect", "duckdb", "--json", "--lake", str(kept))
    assert json.loads(done.stdout) == [{"half": 3.5}]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "give one statement"),
        (("SELECT 1", "--as", "parquet"), "add --into FILE"),
        (("SELECT 1", "--into", "x.txt"), "add --as csv, json or parquet"),
        (("SELECT 1", "--json", "--as", "csv"), "contradict"),
        (
            ("SELECT 1 AS a, 2 AS a", "--into", "x.parquet"),
            "several columns are named a: give each column another name with AS.",
        ),
        (("--saved", "--views"), "two lists"),
        (("SELECT 1", "--table", "app"), "name it with --saved"),
        (("--create",), "add --views"),
        (("SELECT nope FROM app",), "COLUMN_NOT_FOUND"),
        (("SELECT txt FROM app",), "Column 'txt' cannot be resolved. Did you mean text?"),
        (("SELECT 1 FROM ap",), "Did you mean app?"),
    ],
)
def test_what_can_not_be_done_is_said(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = loglake("query", *options, "--lake", str(kept))
    assert done.exit_code == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_shows_the_first_thousand_rows_and_says_how_to_get_all(kept: Path) -> None:
    ask = ("query", "SELECT n FROM UNNEST(sequence(1, 1500)) AS t(n)", "--lake", str(kept))
    shown = loglake(*ask)
    assert (shown.exit_code, len(shown.stdout.splitlines())) == (0, 1001)
    assert shown.stderr.splitlines() == [
        f"Lake: the local run in {kept}",
        "0 bytes of the tables' files were read.",
        "loglake: the first 1,000 rows are shown: narrow the query, such as with WHERE, or get all with --json.",
    ]
    everything = loglake(*ask, "--json")
    assert (len(json.loads(everything.stdout)), everything.stderr) == (1500, f"Lake: the local run in {kept}\n")


def test_without_a_kept_run_the_command_says_what_makes_one(tmp_path: Path) -> None:
    done = loglake("query", "SELECT 1", "--lake", str(tmp_path / "nothing"))
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr
