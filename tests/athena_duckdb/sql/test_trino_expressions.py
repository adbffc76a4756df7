"""Expressions in Athena's SQL give the results of Trino's documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.athena_duckdb.kept_runs import kept_app
from support.yaml_files import read_yaml

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.lake_tables import LakeTables
from athena_duckdb.sql.values import shown

pytestmark = pytest.mark.local

_PRINTED, _BY_RULE = (
    read_yaml(Path(__file__).with_name(f"{name}_expressions.yaml")) for name in ("documented", "trino")
)
_CASES = [
    pytest.param(expression, group.get("from"), expected, id=expression[:60])
    for group in (*_PRINTED, *_BY_RULE)
    for expression, expected in group["expressions"].items()
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LakeTables]:
    with LakeTables(kept_app(tmp_path_factory.mktemp("kept"))) as opened:
        yield opened


def answer(tables: LakeTables, sql: str) -> Any:
    try:
        rows = [row for batch in tables.select_as_athena(sql).batches for row in batch]
    except ConfigError as error:
        return f"error: {error}"
    return shown(rows[0][0])


@pytest.mark.parametrize(("expression", "source", "expected"), _CASES)
def test_an_expression_gives_what_trino_gives(
    tables: LakeTables, expression: str, source: str | None, expected: str | None
) -> None:
    found = answer(tables, f"SELECT {expression}" + (f" FROM {source}" if source else ""))
    if expected is not None and expected.startswith("error: "):
        assert found is not None
        assert found.startswith("error: ")
        assert expected.removeprefix("error: ") in found
    else:
        assert found == expected


def test_each_group_says_where_its_results_are_from() -> None:
    assert sum(len(group["expressions"]) for group in _PRINTED) >= 150
    assert all(group["source"] for group in (*_PRINTED, *_BY_RULE))
