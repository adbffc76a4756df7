"""Spark SQL, as usual for events of several lines: it reads each file as one text and splits it where events start."""

import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

FIELDS = """level string, message string, user struct<id: bigint, plan: string>, latency_ms double, ok boolean,
    http struct<method: string, status: bigint, path: string>"""

source, output = sys.argv[1:]
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
).withColumn("json", f.from_json("raw", FIELDS))
table = rows.select(
    "event_time", "log_stream", "raw", "json.level", "json.message", "json.user.id", "json.user.plan",
    "json.latency_ms", "json.ok", "json.http.*", f.date_format("event_time", "yyyy-MM-dd").alias("dt"),
)  # fmt: skip
table.write.partitionBy("dt").option("compression", "zstd").parquet(output)
print(time.monotonic() - started)
