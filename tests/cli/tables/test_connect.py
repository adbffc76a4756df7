"""`loglake connect`: its scripts, and the lines of docs/start/readers.md, show the tables in other readers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from support.deployments.operated import loglake
from support.lakes.later_schemas import AT, write_later_schema

pytestmark = pytest.mark.unit

PAGE = (Path(__file__).parents[3] / "docs" / "start" / "readers.md").read_text()
ROWS = [
    {"event_time": AT, "n": 1, "late": None, "dt": "2026-11-20"},
    {"event_time": AT, "n": 2, "late": "x", "dt": "2026-11-21"},
]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return write_later_schema(tmp_path / "it's [1] * lake")


def of_page(reader: str, output: Path) -> dict[str, Any]:
    """Runs the page's lines for a reader, and returns their variables."""
    (lines,) = re.findall(rf"```python\n(# {reader}\n.*?)```", PAGE, re.DOTALL)
    assert '"lake/app"' in lines
    names: dict[str, Any] = {}
    exec(lines.replace('"lake/app"', repr(str(output / "app"))), names)
    return names


def test_duckdb_sees_all_columns_with_their_types(output: Path) -> None:
    script = loglake("connect", "--lake", str(output)).stdout
    with duckdb.connect() as connection:
        connection.execute(script)
        described = connection.execute("DESCRIBE app").fetchall()
        rows = connection.sql("FROM app ORDER BY n").to_arrow_table().to_pylist()
    assert {name: kind for name, kind, *_ in described} == {
        "event_time": "TIMESTAMP WITH TIME ZONE",
        "n": "BIGINT",
        "late": "VARCHAR",
        "dt": "VARCHAR",
    }
    assert rows == ROWS


def test_pyarrow_and_pandas_see_all_columns(output: Path) -> None:
    names: dict[str, Any] = {}
    exec(loglake("connect", "--lake", str(output), "--as", "python").stdout, names)
    table = names["tables"]["app"].to_table().sort_by("n")
    assert table.to_pylist() == ROWS
    assert table.to_pandas()["late"].tolist() == [None, "x"]


def test_the_lines_for_polars_lose_no_column(output: Path) -> None:
    found = of_page("polars", output)["df"]
    frame = found.collect() if isinstance(found, pl.LazyFrame) else found
    assert frame.sort("n").select(list(ROWS[0])).to_dicts() == ROWS


def test_the_lines_for_pyarrow_and_pandas_lose_no_column(output: Path) -> None:
    table = of_page("pyarrow", output)["table"]
    assert table.sort_by("n").select(list(ROWS[0])).to_pylist() == ROWS
    frame = of_page("pandas", output)["df"].sort_values("n")
    assert frame["late"].isna().tolist() == [True, False]
    assert frame["dt"].astype(str).tolist() == ["2026-11-20", "2026-11-21"]


def test_what_there_is_is_one_document(output: Path) -> None:
    document = json.loads(loglake("connect", "--lake", str(output), "--json").stdout)
    assert document["tables"] == [{"name": "app", "folder": str(output / "app"), "partition_keys": ["dt"]}]
    assert document["script"].startswith("SET TimeZone")


def test_bad_usage_is_a_sentence(tmp_path: Path, output: Path) -> None:
    for typed, said in (
        (("--lake", str(tmp_path)), "has nothing of loglake"),
        (("--lake", str(output), "--as", "r"), "take one of duckdb, python, spark, sql"),
        (("--lake", str(tmp_path / "none")), "there is no folder"),
    ):
        done = loglake("connect", *typed)
        assert (done.exit_code, done.stdout, said in done.stderr) == (2, "", True)
