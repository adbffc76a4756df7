"""DuckDB, line by line. Of an event with several lines it keeps the first; the others are lost."""

import sys
import time

import duckdb

source, output = sys.argv[1:]
started = time.monotonic()
duckdb.sql("SET TimeZone = 'UTC'")
duckdb.sql(f"""
    COPY (
        WITH lines AS (
            SELECT line, filename FROM read_csv(
                '{source}/**/*.gz', columns = {{'line': 'VARCHAR'}}, header = false, delim = '\\x01', quote = '',
                escape = '', auto_detect = false, filename = true)
            WHERE line[11] = 'T' AND line[24:25] = 'Z '
        ), events AS (
            SELECT line[1:24]::TIMESTAMPTZ AS event_time, parse_filename(parse_path(filename)[-2]) AS log_stream,
                line[26:] AS raw,
                CASE WHEN line[26] = '{{' THEN from_json(line[26:], '{{
                    "level": "VARCHAR", "message": "VARCHAR", "user": {{"id": "BIGINT", "plan": "VARCHAR"}},
                    "latency_ms": "DOUBLE", "ok": "BOOLEAN",
                    "http": {{"method": "VARCHAR", "status": "BIGINT", "path": "VARCHAR"}}}}') END AS json
            FROM lines
        )
        SELECT event_time, log_stream, raw, json.level, json.message, json.user.id AS user_id,
            json.user.plan AS user_plan, json.latency_ms, json.ok, json.http.method, json.http.status, json.http.path,
            strftime(event_time, '%Y-%m-%d') AS dt
        FROM events
    ) TO '{output}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (dt))
""")
print(time.monotonic() - started)
