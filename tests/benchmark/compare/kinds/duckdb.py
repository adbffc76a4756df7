"""DuckDB, line by line. Of an event with several lines it keeps the first; the others are lost."""

import json
import sys
import time
from typing import Any

import duckdb
from benchmark.compare.kinds.fields import FRACTIONS, JSON, SPACED, WHOLES, names_of, pattern_of

TYPES = {"text": "VARCHAR", "whole": "BIGINT", "fraction": "DOUBLE", "flag": "BOOLEAN"}


def structure(fields: Any) -> Any:
    """The types of an object's fields, as DuckDB's `from_json` takes them."""
    if isinstance(fields, dict):
        return {name: structure(of) for name, of in fields.items()}
    return [structure(fields[0])] if isinstance(fields, list) else TYPES[fields]


def value(name: str) -> str:
    """The expression of a column that a pattern names."""
    kind = "BIGINT" if name in WHOLES else "DOUBLE" if name in FRACTIONS else "VARCHAR"
    return f"TRY_CAST(parts.{name} AS {kind}) AS {name}"


def convert(connection: duckdb.DuckDBPyConnection, source: str, output: str, kind: str) -> None:
    """Converts all objects of a kind."""
    parse = columns = ""
    if kind in JSON:
        parse, columns = f", from_json(line[26:], '{json.dumps(structure(JSON[kind]))}') AS fields", ", unnest(fields)"
    elif kind in SPACED:
        parse = f", regexp_extract(line[26:], '{pattern_of(kind)}', {names_of(kind)}) AS parts"
        columns = ", " + ", ".join(map(value, names_of(kind)))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"""
        COPY (
            WITH events AS (
                SELECT line[1:24]::TIMESTAMPTZ AS event_time, parse_filename(parse_path(filename)[-2]) AS log_stream,
                    line[26:] AS raw {parse}
                FROM read_csv('{source}/**/*.gz', columns = {{'line': 'VARCHAR'}}, header = false, delim = '\\x01',
                    quote = '', escape = '', auto_detect = false, filename = true)
                WHERE line[11] = 'T' AND line[24:25] = 'Z '
            )
            SELECT event_time, log_stream, raw {columns}, strftime(event_time, '%Y-%m-%d') AS dt FROM events
        ) TO '{output}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (dt), OVERWRITE)
    """)


if __name__ == "__main__":
    started = time.monotonic()
    convert(duckdb.connect(), *sys.argv[1:])
    print(time.monotonic() - started)
