"""A notebook's tables from a running stack. tests/notebooks has those of a kept run."""

from __future__ import annotations

from typing import Any

import pytest
from support.gluelocal.crawled import Lake  # noqa: TC002 - fixtures need it
from support.gluelocal.fixtures import aws, glue, lake, s3

from athena_duckdb.catalog_file import kept_catalog
from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake_cli.operations.notebook.lake_session import RunningStack

pytestmark = pytest.mark.local

__all__ = ["aws", "glue", "lake", "s3"]

KEY = "tables/shop/dt=2026-11-20/a.parquet"


def test_a_stack_has_its_tables_as_they_are_now(aws: EmbeddedAws, glue: Any, lake: Lake) -> None:
    glue.create_database(DatabaseInput={"Name": "logs"})
    stack = RunningStack(aws, aws.endpoint)
    empty = stack.refresh()
    assert kept_catalog(stack.directory)["tables"] == []
    lake.put(KEY, {"n": [1, 2]})
    lake.crawl()
    there = stack.refresh()
    assert there != empty
    assert stack.refresh() == there
    assert [table["Name"] for table in kept_catalog(stack.directory)["tables"]] == ["shop"]
    assert [path.name for path in stack.directory.rglob("*.parquet")] == ["a.parquet"]
    assert stack.name == f"the stack at {aws.endpoint}"
