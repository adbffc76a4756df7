"""`raw: omit`: the text of an event is in the table once, and nothing else differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object, table_rows
from support.worlds.planned_bundles import convert_events

from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.rows import row_schema, text_bytes
from loglake.kernels.parquet.writer import ROW_GROUP_BYTES, RowWriter
from loglake.kernels.readers.events import Origin

pytestmark = pytest.mark.unit

TRANSFORM = """
import pyarrow as pa, pyarrow.compute as pc

def clean(batch):
    assert not batch["raw"].null_count
    masked = pc.replace_substring_regex(batch["raw"], "[0-9]+", "#")
    batch = batch.set_column(batch.schema.get_field_index("raw"), "raw", masked)
    return batch.set_column(batch.schema.get_field_index("message"), "message", masked)
"""
EVENTS = (
    "plain text",
    '{"n": 17, "message": "said"}',
    '{"n": 18}',
    "2026-11-21 09:00:00,123 WARN app.shop - slow",
    "two\n  lines",
)


def test_only_a_raw_that_is_the_message_is_left_out_and_nothing_else_changes() -> None:
    kept, as_usual = convert_events(EVENTS)
    rows, result = convert_events(EVENTS, omits_raw=True)
    assert [row["raw"] for row in rows] == [None, *EVENTS[1:4], None]
    assert [{**row, "raw": row["raw"] or row["message"]} for row in rows] == kept
    assert result.accounting == as_usual.accounting


def test_bytes_that_are_no_utf8_are_kept_beside_the_message() -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    bundle = bundle_of([put_object(raw, "s", exported_line(DAY, "caf").encode()[:-1] + b"\xe9\n")], omits_raw=True)
    (row,) = table_rows(convert_bundle(bundle, TablePlan("text", TableSchema("app")), raw, lake), lake)
    assert (row["raw"], row["message"], row["_rescued"]) == (None, "caf\ufffd", '{"_raw_base64": "Y2Fm6Q=="}')


def test_a_transformation_sees_raw_and_what_it_makes_is_compared(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "own_masks.py").write_text(TRANSFORM)
    monkeypatch.syspath_prepend(str(tmp_path))
    rows, _ = convert_events(
        ['{"n": 17}', "order 4711"], omits_raw=True, transform="own_masks:clean", transform_path=str(tmp_path)
    )
    assert [(row["raw"], row["message"]) for row in rows] == [(None, '{"n": #}'), (None, "order #")]


def test_row_groups_are_as_large_as_with_raw(tmp_path: Path) -> None:
    texts = ["x" * 1024] * 1024
    columns: dict[str, Any] = {name: [None] * len(texts) for name in row_schema(TableSchema("t")).names}
    columns |= {"event_time": list(range(len(texts))), "_origin": [0] * len(texts), "message": texts}
    schema = TableSchema("t")
    rows = pa.RecordBatch.from_pydict(columns, row_schema(schema))
    assert text_bytes(rows) == text_bytes(pa.Table.from_batches([rows])) == 1 << 20
    writer = RowWriter(str(tmp_path / "file"), schema, [Origin("a", "b", "c")])
    for _ in range(2 * ROW_GROUP_BYTES >> 20):
        writer.write(rows)
    writer.close()
    assert pq.read_metadata(tmp_path / "file").num_row_groups == 2
