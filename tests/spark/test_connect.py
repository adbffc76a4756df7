"""The script of `loglake connect` for Spark, and the lines for Spark in docs/start/readers.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.deployments.operated import loglake
from support.lakes.later_schemas import write_later_schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

PAGE = (Path(__file__).parents[2] / "docs" / "start" / "readers.md").read_text()


def rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.select("n", "late", "dt").orderBy("n").collect()]


def test_spark_sees_all_columns(session: SparkSession, tmp_path: Path) -> None:
    output = write_later_schema(tmp_path / "it's a lake")
    before = {
        name: session.conf.get(name)
        for name in (
            "spark.sql.sources.partitionColumnTypeInference.enabled",
            "spark.sql.session.timeZone",
        )
    }
    try:
        exec(loglake("connect", "--lake", str(output), "--as", "spark").stdout, {"spark": session})
        assert rows(session.table("app")) == [(1, None, "2026-11-20"), (2, "x", "2026-11-21")]
        sql = loglake("connect", "--lake", str(output), "--as", "sql").stdout
        for statement in filter(None, sql.split(";\n")):
            session.sql(statement)
        (lines,) = re.findall(r"```python\n(# Spark\n.*?)```", PAGE, re.DOTALL)
        names: dict[str, Any] = {"spark": session}
        exec(lines.replace('"lake/app"', repr(str(output / "app"))), names)
        assert rows(names["df"]) == rows(session.table("app"))
    finally:
        session.catalog.dropTempView("app")
        for name, value in before.items():
            session.conf.set(name, str(value))
