"""Athena's SQL for a field of a JSON event, by the type that its column has."""

from __future__ import annotations

from sqlglot import exp

from athena_duckdb.sql.parsing import AthenaSql

ELEMENT = "each"
"""How the names of lambdas' arguments begin."""


def json_field(kind: str, path: str) -> tuple[str, str]:
    """The value of a JSON field.

    Args:
        kind: the type. Its field names are those of the JSON, in the same case; ``json`` is a field's JSON as text.
        path: the JSON path of the field in the column ``raw``, such as ``$.userIdentity``.

    Returns:
        The expression, and its type in Athena's SQL, with field names in lower case.
    """
    made = exp.DataType.build(kind, dialect=AthenaSql)
    return _value(made, "raw", path, 1), _type(made)


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
