"""Typical queries of logs."""

from __future__ import annotations

from pathlib import Path

import duckdb

ID_COLUMN, WHOLE_EVENTS = "one trace id: its column", "one trace id: whole events"

_SHOWN = "event_time, level, message"


def queries(table: Path) -> dict[str, str]:
    """The queries by what they look for; an id is one that the table has."""
    request, trace = one_id(table, "request_id"), one_id(table, "trace_id")
    hour = "event_time >= '2026-11-21 10:00' AND event_time < '2026-11-21 11:00'"
    return {
        "time range: one hour": f"SELECT {_SHOWN} FROM {{table}} WHERE dt = '2026-11-21' AND {hour}",
        "level: errors of a day": f"SELECT {_SHOWN} FROM {{table}} WHERE dt = '2026-11-21' AND level = 'ERROR'",
        "log group: all of one, a day": (
            f"SELECT {_SHOWN} FROM {{table}} WHERE dt = '2026-11-21' AND log_group = '/app/pay'"
        ),
        ID_COLUMN: f"SELECT event_time, trace_id FROM {{table}} WHERE trace_id = '{trace}'",
        WHOLE_EVENTS: f"SELECT * FROM {{table}} WHERE trace_id = '{trace}'",
        "Lambda's request id: whole events": f"SELECT * FROM {{table}} WHERE request_id = '{request}'",
        "daily counts": "SELECT dt, log_group, count(*) FROM {table} GROUP BY ALL",
    }


def one_id(table: Path, column: str) -> str:
    """An id that a column of a table has."""
    with duckdb.connect() as connection:
        query = f"SELECT quantile_disc({column}, 0.5) FROM read_parquet('{table}/*/*.parquet')"
        return str(connection.sql(query).fetchall()[0][0])
