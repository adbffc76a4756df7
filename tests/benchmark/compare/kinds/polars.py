"""Polars, streamed line by line. Of an event with several lines it keeps the first; the others are lost."""

import sys
import time
from typing import Any

import polars as pl
from benchmark.compare.kinds.fields import FRACTIONS, JSON, SPACED, WHOLES, names_of, pattern_of

TYPES = {"text": pl.String, "whole": pl.Int64, "fraction": pl.Float64, "flag": pl.Boolean}


def structure(fields: dict[str, Any]) -> pl.Struct:
    return pl.Struct({name: structure(of) if isinstance(of, dict) else TYPES[of] for name, of in fields.items()})


source, output, kind = sys.argv[1:]
started = time.monotonic()
lines = pl.scan_csv(
    f"{source}/**/*.gz", has_header=False, new_columns=["line"], schema_overrides=[pl.String], separator="\x01",
    quote_char=None, include_file_paths="path", glob=True,
)  # fmt: skip
raw = pl.col("line").str.slice(25)
events = lines.filter(pl.col("line").str.contains(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")).select(
    pl.col("line").str.slice(0, 23).str.to_datetime("%Y-%m-%dT%H:%M:%S%.3f", time_unit="ms").alias("event_time"),
    pl.col("path").str.extract(r"([^/]+)/[^/]+$").alias("log_stream"),
    raw.alias("raw"),
)
if kind in JSON:
    events = events.with_columns(pl.col("raw").str.json_decode(structure(JSON[kind])).alias("fields")).unnest("fields")
    if "order" in JSON[kind]:
        events = events.unnest("order", separator="_")
elif kind in SPACED:
    groups = pl.col("raw").str.extract_groups(pattern_of(kind)).alias("parts")
    whole = [pl.col(name).cast(pl.Int64, strict=False) for name in names_of(kind) if name in WHOLES]
    parts = [pl.col(name).cast(pl.Float64, strict=False) for name in names_of(kind) if name in FRACTIONS]
    events = events.with_columns(groups).unnest("parts").with_columns(*whole, *parts)
table = events.with_columns(pl.col("event_time").dt.strftime("%Y-%m-%d").alias("dt"))
table.sink_parquet(pl.PartitionBy(output, key="dt", include_key=False), compression="zstd", mkdir=True)
print(time.monotonic() - started)
