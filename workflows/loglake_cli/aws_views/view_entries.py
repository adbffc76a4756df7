"""The views as entries of the Glue catalog, as Athena makes them for views."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlglot import exp

from athena_duckdb.sql.parsing import AthenaSql
from loglake_cli.aws_views.views import AwsView, aws_views


def with_views(catalog: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """A catalog that also has the views over its tables. A table comes before a view of the same name."""
    by_database = defaultdict(list)
    for table in catalog["tables"]:
        by_database[table["DatabaseName"]].append(table)
    entries = []
    for database, tables in by_database.items():
        names = {table["Name"].lower() for table in tables}
        entries += [_entry(database, view) for view in aws_views(tables) if view.name not in names]
    return {**catalog, "tables": [*catalog["tables"], *entries]}


def _entry(database: str, view: AwsView) -> dict[str, Any]:
    return {
        "DatabaseName": database,
        "Name": view.name,
        "TableType": "VIRTUAL_VIEW",
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": _hive(kind)} for name, kind in view.columns.items()],
            "Location": "",
        },
        "ViewExpandedText": view.sql,
    }


@cache
def _hive(kind: str) -> str:
    """Glue's name of a type: ``array(varchar)`` becomes ``array<string>``."""
    return exp.DataType.build(kind, dialect=AthenaSql).sql("hive").lower().replace(" ", "")
