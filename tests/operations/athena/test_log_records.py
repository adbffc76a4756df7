"""An export of OpenTelemetry with many log records is one row; a query makes a row of each record."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.lakes.kept_formats import kept_formats

from athena_duckdb.query.lake_tables import LakeTables

pytestmark = pytest.mark.unit

LIMITS = Path(__file__).parents[3] / "docs" / "understand" / "limits.md"


def test_the_documented_query_makes_rows_of_the_records_of_an_export(tmp_path: Path) -> None:
    records = [{"timeUnixNano": "1795249800123000000", "body": {"stringValue": text}} for text in ("one", "two")]
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    export = {"resourceLogs": [{"resource": service, "scopeLogs": [{"logRecords": records}]}]}
    documented = re.search(r"```sql\n([^`]*log_records[^`]*)```", LIMITS.read_text(encoding="utf-8"))
    assert documented
    with LakeTables(kept_formats(tmp_path, {"otel": json.dumps(export)})) as tables:
        batches = tables.select_as_athena(documented[1]).batches
        assert sorted(row for batch in batches for row in batch) == [("shop", "one"), ("shop", "two")]
