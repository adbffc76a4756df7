"""The views that AWS's published queries expect, over the tables that loglake made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlglot import exp, parse_one

from athena_duckdb.sql.parsing import AthenaSql


@dataclass(frozen=True)
class AwsView:
    """A view.

    Attributes:
        name: as AWS's pages call the table.
        format: the log format of the tables.
        tables: that have its rows, by name.
        columns: names and Athena's types.
        sql: the query that it is, in Athena's SQL.
    """

    name: str
    format: str
    tables: tuple[str, ...]
    columns: dict[str, str]
    sql: str


def aws_views(tables: Iterable[Any]) -> list[AwsView]:
    """The views that some tables of one database give; of a format without a table there is none.

    Args:
        tables: the entries of the Glue catalog. A view reads all that have the columns of its format.
    """
    found = []
    listed = sorted(tables, key=lambda table: str(table["Name"]))
    for kind, view in _views().items():
        mine = [table for table in listed if {*view["needs"]} <= _columns(table)]
        if mine:
            sql = "\nUNION ALL\n".join(_select(view, table) for table in mine)
            names = tuple(table["Name"] for table in mine)
            columns = {name: _meaning(name, meant)[0] for name, meant in view["columns"].items()}
            found += [AwsView(name, kind, names, columns, sql) for name in view["names"]]
    return found


def aws_view_names() -> frozenset[str]:
    """The names of all views that there may be."""
    return frozenset(name for view in _views().values() for name in view["names"])


@cache
def _views() -> dict[str, Any]:
    files = sorted(Path(__file__).parent.glob("*.yaml"))
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def _columns(table: Any) -> set[str]:
    listed = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
    return {column["Name"].lower() for column in listed}


def _times(table: Any) -> set[str]:
    """The columns that are timestamps."""
    listed = table.get("StorageDescriptor", {}).get("Columns", [])
    return {column["Name"].lower() for column in listed if column.get("Type") == "timestamp"}


def _select(view: Any, table: Any) -> str:
    there, times = _columns(table), _times(table)
    lines = []
    for name, meant in view["columns"].items():
        kind, value = _meaning(name, meant)
        known = _known(value)
        if kind == "bigint" and known and known <= times:  # AWS's tables have seconds
            value = f"to_unixtime({value})"
        lines.append(f'    CAST({value if known <= there else "NULL"} AS {kind}) AS "{name}"')
    place = ".".join('"' + table[part].replace('"', '""') + '"' for part in ("DatabaseName", "Name"))
    return "SELECT\n" + ",\n".join(lines) + f"\nFROM {place}\nWHERE {view['rows']}"


@cache
def _meaning(name: str, meant: str) -> tuple[str, str]:
    """A column's type and value, of a line such as ``bigint``, ``date = dt`` or ``varchar = $.eventName``."""
    kind, _, expression = meant.rpartition(" = ") if " = " in meant else (meant, "", f'"{name}"')
    if not expression.startswith("$."):
        return kind, expression
    value, kind = json_field(kind, expression)
    return kind, value


@cache
def _known(expression: str) -> set[str]:
    """The columns that an expression reads."""
    columns = parse_one(expression, dialect=AthenaSql).find_all(exp.Column)
    return {column.name.lower() for column in columns if not column.name.startswith(ELEMENT)}


ELEMENT = "each"
"""How the names of lambdas' arguments begin."""


def json_field(kind: str, path: str) -> tuple[str, str]:
    """The value of a JSON field.

    Args:
        kind: the type. Its field names are those of the JSON, in the same case; ``json`` is a field's JSON as text.
        path: the JSON path of the field in the event's text, such as ``$.userIdentity``.

    Returns:
        The expression, and its type in Athena's SQL, with field names in lower case.
    """
    made = exp.DataType.build(kind, dialect=AthenaSql)
    return _value(made, "coalesce(raw, message)", path, 1), _type(made)


def _value(kind: exp.DataType, of: str, path: str, depth: int) -> str:
    field = f"json_extract({of}, '{path}')"
    if kind.is_type("json"):
        return f"nullif(json_format({field}), 'null')"
    if kind.is_type("struct"):
        parts = (_value(each.kind, of, f"{path}.{each.name}", depth) for each in kind.expressions)
        return f"ROW({', '.join(parts)})"
    if not kind.expressions:
        return f"json_extract_scalar({of}, '{path}')"
    of_array: exp.DataType = kind.expressions[0]
    if not of_array.is_type("struct"):
        return f"CAST({field} AS {_type(kind)})"
    element = f"{ELEMENT}{depth}"
    value = f"CAST({_value(of_array, element, '$', depth + 1)} AS {_type(of_array)})"
    return f"transform(CAST({field} AS array(json)), {element} -> {value})"


def _type(kind: exp.DataType) -> str:
    if kind.is_type("json"):
        return "varchar"
    if kind.is_type("struct"):
        return f"ROW({', '.join(f'{each.name.lower()} {_type(each.kind)}' for each in kind.expressions)})"
    if kind.expressions:
        return f"{kind.this.value.lower()}({', '.join(map(_type, kind.expressions))})"
    return kind.sql(dialect=AthenaSql).lower()


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
