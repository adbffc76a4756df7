"""Converts types: of a CAST to DuckDB's, of an answer to Athena's."""

from __future__ import annotations

import re

from sqlglot import exp

from athena_duckdb.errors import ConfigError
from athena_duckdb.split_list import split_list

_PLAIN = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "bigint",
    "UHUGEINT": "bigint",
    "FLOAT": "real",
    "DOUBLE": "double",
    "VARCHAR": "varchar",
    "BLOB": "varbinary",
    "DATE": "date",
    "TIME": "time(3)",
    "TIMESTAMP": "timestamp(3)",
    "TIMESTAMP WITH TIME ZONE": "timestamp(3) with time zone",
    "INTERVAL": "interval day to second",
    "JSON": "json",
    "UUID": "uuid",
    '"NULL"': "unknown",
}

_NESTED = {"MAP": "map", "TUPLE": "row", "STRUCT": "row"}
_REFUSED = frozenset({"IPADDRESS", "IPPREFIX", "HYPERLOGLOG", "HLLSKETCH", "GEOMETRY", "GEOGRAPHY", "TDIGEST"})


def athena_type(duckdb: str) -> str:
    """Athena's name of an answer's type: ``MAP(VARCHAR, BIGINT[])`` becomes ``map(varchar, array(bigint))``."""
    kind = duckdb.strip()
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind.endswith("[]"):
        return f"array({athena_type(kind[:-2])})"
    if re.fullmatch(r"DECIMAL\(\d+,\s?\d+\)", kind):
        return kind.lower().replace(", ", ",")
    name, _, inner = kind.partition("(")
    if name not in _NESTED:
        return kind.lower()
    one = _field if name == "STRUCT" else athena_type
    return f"{_NESTED[name]}({', '.join(one(part) for part in split_list(inner[:-1]))})"


def cast_type(kind: exp.DataType) -> exp.DataType:
    """A CAST's type with Trino's defaults written out. Raises ConfigError if DuckDB lacks the type."""
    for part in kind.find_all(exp.DataType):
        name = part.this.name if isinstance(part.this, exp.DType) else str(part.this)
        if name in _REFUSED or (name == "USERDEFINED" and str(part.args.get("kind", "")).upper() != "JSON"):
            said = part.args.get("kind") or name
            raise ConfigError(f"The type {str(said).lower()} can't be given here.")
        if name == "DECIMAL" and not part.expressions:
            part.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(each)) for each in (38, 0)])
        if name in {"TIMESTAMP", "TIMESTAMPTZ", "TIME", "VARCHAR", "CHAR"}:
            part.set("expressions", [])
    return kind


def _field(text: str) -> str:
    name, _, kind = text.strip().partition(" ") if not text.strip().startswith('"') else _quoted(text.strip())
    return f"{name} {athena_type(kind)}"


def _quoted(text: str) -> tuple[str, str, str]:
    end = text.index('"', 1)
    return text[1:end], " ", text[end + 1 :].strip()
