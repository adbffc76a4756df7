"""Polars, streamed line by line. Of an event with several lines it keeps the first; the others are lost."""

import sys
import time

import polars as pl

JSON = pl.Struct(
    {
        "level": pl.String, "message": pl.String, "user": pl.Struct({"id": pl.Int64, "plan": pl.String}),
        "latency_ms": pl.Float64, "ok": pl.Boolean,
        "http": pl.Struct({"method": pl.String, "status": pl.Int64, "path": pl.String}),
    }
)  # fmt: skip

source, output = sys.argv[1:]
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
    pl.when(raw.str.starts_with("{")).then(raw).str.json_decode(JSON).alias("json"),
)
table = events.unnest("json").with_columns(
    pl.col("user").struct.field("id").alias("user_id"),
    pl.col("user").struct.field("plan").alias("user_plan"),
    pl.col("http").struct.unnest(),
    pl.col("event_time").dt.strftime("%Y-%m-%d").alias("dt"),
)
table.drop("user", "http").sink_parquet(
    pl.PartitionBy(output, key="dt", include_key=False), compression="zstd", mkdir=True
)
print(time.monotonic() - started)
