"""Spark SQL, line by line. Of an event with several lines it keeps the first; the others are lost."""

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
lines = spark.read.text(source, recursiveFileLookup=True, pathGlobFilter="*.gz")
rows = lines.where(f.col("value").rlike(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")).select(
    f.to_timestamp(f.substring("value", 1, 24)).alias("event_time"),
    f.regexp_extract(f.input_file_name(), r"([^/]+)/[^/]+$", 1).alias("log_stream"),
    f.expr("substring(value, 26)").alias("raw"),
)
table = rows.withColumn("json", f.from_json("raw", FIELDS)).select(
    "event_time", "log_stream", "raw", "json.level", "json.message", "json.user.id", "json.user.plan",
    "json.latency_ms", "json.ok", "json.http.*", f.date_format("event_time", "yyyy-MM-dd").alias("dt"),
)  # fmt: skip
table.write.partitionBy("dt").option("compression", "zstd").parquet(output)
print(time.monotonic() - started)
