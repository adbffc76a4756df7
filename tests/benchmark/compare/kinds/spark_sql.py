"""Spark SQL, as usual for events of several lines: it reads each file as one text and splits it where events start."""

import sys
import time
from typing import Any

from benchmark.compare.kinds.fields import FRACTIONS, JSON, SPACED, WHOLES, names_of
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

TYPES = {"text": "string", "whole": "bigint", "fraction": "double", "flag": "boolean"}


def structure(fields: dict[str, Any]) -> str:
    return ", ".join(
        f"`{name}` " + (f"struct<{structure(of)}>" if isinstance(of, dict) else TYPES[of])
        for name, of in fields.items()
    )


def value(name: str) -> str:
    return f"`{name}` " + ("bigint" if name in WHOLES else "double" if name in FRACTIONS else "string")


source, output, kind = sys.argv[1:]
session = SparkSession.builder.config("spark.ui.enabled", "false").config("spark.driver.memory", "4g")
spark = session.config("spark.sql.session.timeZone", "UTC").getOrCreate()
started = time.monotonic()
starts = r"(?m)^(?=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z )"
files = spark.read.text(source, wholetext=True, recursiveFileLookup=True, pathGlobFilter="*.gz")
events = files.select(
    f.regexp_extract(f.input_file_name(), r"([^/]+)/[^/]+$", 1).alias("log_stream"),
    f.explode(f.split("value", starts)).alias("event"),
).where("event <> ''")
rows = events.select(
    f.to_timestamp(f.substring("event", 1, 24)).alias("event_time"),
    "log_stream",
    f.rtrim(f.expr("substring(event, 26)")).alias("raw"),
)
columns = []
if kind in JSON:
    rows, columns = rows.withColumn("fields", f.from_json("raw", structure(JSON[kind]))), ["fields.*"]
elif kind in SPACED:
    schema = ", ".join(map(value, names_of(kind)))
    rows = rows.withColumn("fields", f.from_csv("raw", schema, {"sep": " ", "nullValue": "-"}))
    columns = ["fields.*"]
table = rows.select("event_time", "log_stream", "raw", *columns, f.date_format("event_time", "yyyy-MM-dd").alias("dt"))
table.write.partitionBy("dt").option("compression", "zstd").parquet(output)
print(time.monotonic() - started)
