"""Results in the shapes of Athena's API, and as the object that a query writes to S3."""

from __future__ import annotations

import re
from typing import Any

from athena_duckdb.query.athena import QueryResult
from athena_duckdb.sql.values import shown

_WIDTHS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "real": 17, "double": 17, "date": 0, "boolean": 0}
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_MOST_CHARACTERS = 2_147_483_647


def has_header(sql: str) -> bool:
    """Whether the first row of a result holds the names. Only a query has that row, SHOW and DESCRIBE don't."""
    return re.match(r"\s*(?:show|describe|desc|explain)\b", sql, re.IGNORECASE) is None


def column_info(result: QueryResult) -> list[dict[str, Any]]:
    """The column metadata in GetQueryResults."""
    return [_column(name, kind) for name, kind in zip(result.columns, result.types, strict=True)]


def rows(result: QueryResult, header: bool) -> list[dict[str, Any]]:
    """The rows as texts; NULL values are left out."""
    names = [{"Data": [{"VarCharValue": name} for name in result.columns]}] if header else []
    return [*names, *({"Data": [_datum(value) for value in row]} for row in result.rows)]


def csv(result: QueryResult, header: bool) -> str:
    """The object with a query's result: values in quotes, NULL without quotes. SHOW writes lines with tabs."""
    if not header:
        return "".join("\t".join(shown(value) or "" for value in row) + "\n" for row in result.rows)
    lines = [result.columns, *([shown(value) for value in row] for row in result.rows)]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)


def _quoted(text: str | None) -> str:
    return "" if text is None else '"' + text.replace('"', '""') + '"'


def _datum(value: Any) -> dict[str, str]:
    text = shown(value)
    return {} if text is None else {"VarCharValue": text}


def _column(name: str, kind: str) -> dict[str, Any]:
    decimal = _DECIMAL.fullmatch(kind)
    plain = re.sub(r"\(.*\)", "", kind)
    precision, scale = (int(decimal[1]), int(decimal[2])) if decimal else (_WIDTHS.get(plain, _MOST_CHARACTERS), 0)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": plain,
        "Precision": 3 if plain.startswith("timestamp") else precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": plain == "varchar",
    }
