"""The copy of the tables for SQL on the page has exactly what the lake has."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.gluelocal.crawled import LAKE, Lake

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake_cli.errors import BAD_INPUT
from loglake_cli.ui import tables as mirror_module
from loglake_cli.ui.tables import BOUNDS, Mirror

pytestmark = pytest.mark.local

KEY = "tables/shop/dt=2026-11-20/a.parquet"


def test_it_follows_the_lake(
    aws: EmbeddedAws, glue: Any, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    glue.create_database(DatabaseInput={"Name": "logs"})
    with Mirror(aws) as mirror:
        assert mirror.refresh()["tables"] == []
        lake.put(KEY, {"n": [1, 2]})
        lake.put("quarantine/secret.parquet", {"n": [99]})
        lake.crawl()
        assert mirror.query("SELECT sum(n) FROM logs.shop").rows == [(3,)]
        changes = mirror.changes
        mirror.refresh()
        assert mirror.changes == changes
        lake.put(KEY, {"n": [5]})
        lake.put(KEY.replace("a.", "b."), {"n": [7]})
        assert mirror.query("SELECT sum(n), count(*) FROM shop").rows == [(12, 2)]
        lake.s3.delete_object(Bucket=LAKE, Key=KEY)
        assert mirror.query("SELECT sum(n) FROM shop").rows == [(7,)]
        assert mirror.changes == changes + 2
        (folder,) = tmp_path.glob("loglake-tmp-ui-*")
        assert list(folder.rglob("*.parquet"))
        assert not list(folder.rglob("secret*"))
    assert not folder.exists()


def test_a_table_in_a_bucket_that_is_not_there_has_no_rows(aws: EmbeddedAws, glue: Any, lake: Lake) -> None:
    glue.create_database(DatabaseInput={"Name": "logs"})
    lake.put(KEY, {"n": [1]})
    lake.crawl()
    known = glue.get_table(DatabaseName="logs", Name="shop")["Table"]
    where = {**known["StorageDescriptor"], "Location": "s3://gone/x/"}
    glue.create_table(DatabaseName="logs", TableInput={"Name": "other", "StorageDescriptor": where})
    with Mirror(aws) as mirror:
        assert mirror.query("SELECT count(*) FROM other").rows == [(0,)]
        assert mirror.query("SELECT count(*) FROM shop").rows == [(1,)]


def test_no_query_writes_or_reads_anything_else(aws: EmbeddedAws, glue: Any, lake: Lake, tmp_path: Path) -> None:
    glue.create_database(DatabaseInput={"Name": "logs"})
    lake.put(KEY, {"n": [1]})
    lake.crawl()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with Mirror(aws) as mirror:
        for sql in (
            f"SELECT * FROM read_csv('{tmp_path}/secret.csv')",
            f"SELECT * FROM '{tmp_path}/secret.csv'",
            f"SELECT content FROM read_text('{tmp_path}/secret.csv')",
            f"SELECT * FROM glob('{tmp_path}/*')",
            f"COPY (SELECT 1) TO '{tmp_path}/written.csv'",
            f"ATTACH '{tmp_path}/written.db'",
            "DROP VIEW shop",
            "INSERT INTO shop VALUES (1)",
            "CREATE TABLE mine AS SELECT 1",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SELECT 1; SELECT 2",
            "",
        ):
            with pytest.raises(BAD_INPUT):
                mirror.query(sql)
        assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
        assert mirror.query("SELECT n FROM shop").rows == [(1,)]


def test_queries_wait_for_each_other_and_not_for_ever(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_module, "BOUNDS", replace(BOUNDS, seconds=2))
    refused: list[str] = []

    def ask(mirror: Mirror) -> None:
        with pytest.raises(BAD_INPUT) as error:
            mirror.query(
                "WITH n AS (SELECT x FROM UNNEST(sequence(1, 1000000)) t(x)) "
                "SELECT count(*) FROM n a, n b WHERE (a.x + b.x) % 7 = 3"
            )
        refused.append(str(error.value))

    with Mirror(aws) as mirror:
        threads = [threading.Thread(target=ask, args=(mirror,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        monkeypatch.setattr(mirror_module, "BOUNDS", BOUNDS)  # a busy machine may need more than 2 s
        assert mirror.query("SELECT 1").rows == [(1,)]
    assert {error.split(":")[0] for error in refused} == {
        "the query was ended, because it took longer than 2 s",
        "other queries are still running, one at a time",
    }


def test_a_query_has_bounds(aws: EmbeddedAws) -> None:
    with Mirror(aws) as mirror:
        found = mirror.query("SELECT * FROM UNNEST(sequence(1, 100000)) AS t(n)")
        assert (len(found.rows), found.more) == (500, True)
