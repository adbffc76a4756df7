"""A query's answer as a CSV file (RFC 4180, UTF-8), values unchanged. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglake_cli.local.lake.query.athena import QueryResult


def csv_text(result: QueryResult) -> str:
    """A line with the column names, then a line per row; NULL is empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(result.columns)
    writer.writerows(result.rows)
    return out.getvalue()


def csv_name(result: QueryResult) -> str:
    """A file name that says whether all rows are in it."""
    return f"answer-first-{len(result.rows)}-rows.csv" if result.more else "answer.csv"
