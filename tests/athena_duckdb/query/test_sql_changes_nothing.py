"""Statements that write, read other files or change settings, anywhere in a query: no file changes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from support.athena_duckdb.harmful_sql import FUNCTIONS, STATEMENTS, harmful, paths
from support.athena_duckdb.kept_runs import kept_app, tree_hash

from athena_duckdb.errors import ConfigError
from athena_duckdb.query import lake_tables
from athena_duckdb.query.lake_tables import LakeTables

pytestmark = pytest.mark.local


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return kept_app(tmp_path / "kept")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside the kept run, also used as working folder and home."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text("a\nsecret\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    return folder


def test_every_one_is_refused(kept: Path, outside: Path) -> None:
    before, tried = tree_hash(kept, outside), 0
    with LakeTables(kept) as tables:
        for sql in harmful(kept, outside):
            with pytest.raises(ConfigError):
                list(tables.select(sql).batches)
            tried += 1
        assert next(tables.select("SELECT n, text FROM app").batches) == [(1, "x")]
    assert tried >= 500
    assert tree_hash(kept, outside) == before


def test_the_database_can_not_write_whatever_it_is_asked(
    kept: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_tables, "tables_read", lambda _connection, _sql: set())
    before, tried = tree_hash(kept, outside), 0
    for statement in (*STATEMENTS, *(f"FROM {function}" for function in FUNCTIONS)):
        with LakeTables(kept) as tables:
            for place in ("{0}", "WITH x AS ({0}) SELECT * FROM x"):
                with suppress(ConfigError, MemoryError):
                    rows = list(tables.select(place.format(statement.format(**paths(kept, outside)))).batches)
                    assert "secret" not in str(rows), statement
                tried += 1
    assert tried >= 150
    assert tree_hash(kept, outside) == before


def test_a_database_that_nothing_holds_is_harmed_by_them(kept: Path, outside: Path) -> None:
    """The statements of the other tests do work here; otherwise those tests would prove nothing."""
    changed = 0
    for statement in STATEMENTS:
        if "'{" not in statement:
            continue  # which has no file to write, or would need the internet
        before = tree_hash(kept, outside)
        with duckdb.connect(":memory:") as connection:
            connection.execute("CREATE TABLE app AS SELECT 1 AS n, 'x' AS text")
            with suppress(duckdb.Error):
                connection.execute(statement.format(**paths(kept, outside)))
        changed += tree_hash(kept, outside) != before
    assert changed >= 8
