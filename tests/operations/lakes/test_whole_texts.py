"""A table of a dataset with `raw: omit`: whoever asks loglake for `raw` gets the text of every event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.deployments.operated import loglake as command
from support.lakes.kept_formats import kept_formats

import loglake
from athena_duckdb.query import athena
from athena_duckdb.query.athena import Dialect
from loglake_cli.aws_views.query import query
from loglake_cli.local.stack import StackSettings

pytestmark = pytest.mark.local

EVENTS = ["order 4711 paid", '{"time": "2026-11-20T10:00:01Z", "order": 4712}', "order 4713 lost"]
LOG = "".join(f"2026-11-20T10:00:0{at}Z {text}\n" for at, text in enumerate(EVENTS))
DATASETS = "datasets:\n  - {table: shop, log_groups: [shop], format: text, raw: %s}\n"
KEEP, OMIT = "keep", "omit"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("omitted")
    convert(folder, OMIT)
    return folder / "lake"


def convert(folder: Path, raw: str) -> Any:
    (folder / "shop.log").write_text(LOG)
    (folder / "datasets.yaml").write_text(DATASETS % raw)
    return loglake.convert(
        folder / "shop.log", folder / "lake", log_group="shop", datasets=folder / "datasets.yaml", workers=1
    )


def in_files(lake: Path) -> list[str | None]:
    (file,) = lake.glob("shop/dt=*/*.parquet")
    column = pq.read_table(file, partitioning=None).column("raw")
    return [None if text is None else str(text) for text in column.to_pylist()]


def test_the_text_is_in_the_file_once_and_in_each_answer(lake: Path) -> None:
    assert in_files(lake) == [None] * 3
    texts = LOG.splitlines()
    assert loglake.read(lake, "shop").column("raw").to_pylist() == texts
    assert loglake.read(lake, "shop", columns=["raw"]).to_pydict() == {"raw": texts}
    for dialect in ("athena", "duckdb"):
        asked = "SELECT raw FROM loglake.shop WHERE raw LIKE '%order 4713%'"
        assert loglake.query(asked, lake, dialect=dialect).table.to_pylist() == [{"raw": texts[2]}]
    found = json.loads(command("find", "order 4713", "--lake", str(lake), "--json").stdout)
    assert [each["row"]["raw"] for each in found["rows"]] == [texts[2]]


def test_another_setting_converts_again_and_none_leaves_all_as_it_is(tmp_path: Path) -> None:
    assert [convert(tmp_path, raw).objects for raw in (OMIT, OMIT, KEEP)] == [1, 0, 1]
    assert in_files(tmp_path / "lake") == LOG.splitlines()
    assert convert(tmp_path, OMIT).objects == 1
    assert loglake.convert(tmp_path / "shop.log", tmp_path / "lake", table="shop", format="text").objects == 0
    assert in_files(tmp_path / "lake") == [None] * 3


def test_a_run_answers_so_too_but_its_athena_as_athena(tmp_path: Path) -> None:
    kept = kept_formats(tmp_path, {"shop": LOG}, omit=True)
    asked = "SELECT raw FROM shop ORDER BY event_time LIMIT 1"
    for dialect in Dialect:
        assert query(kept, asked, dialect=dialect).rows == [(LOG.splitlines()[0],)]
    assert athena.query(kept, asked, dialect=Dialect.ATHENA, child=StackSettings.query_child).rows == [(None,)]
