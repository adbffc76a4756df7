"""Putting the rows of a row group in order."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from loglake.kernels.parquet.writer import ordered

_TEXTS = st.lists(st.none() | st.text(max_size=30), max_size=12)


@given(batches=st.lists(_TEXTS, min_size=1, max_size=4), cut=st.integers(0, 3), data=st.data())
def test_rows_come_in_the_order_with_all_their_values(
    batches: list[list[str | None]], cut: int, data: st.DataObject
) -> None:
    """Short and long texts, nulls, batches that are slices of larger ones, and columns without any value."""
    chunks = [pa.array([*texts, "end"], pa.string()).slice(cut) for texts in batches]
    raw: pa.ChunkedArray[pa.StringScalar] = pa.chunked_array(chunks, pa.string())
    numbers = pa.array(range(len(raw)), pa.int64())
    rows = pa.table({"raw": raw, "number": numbers, "nothing": pa.nulls(len(raw), pa.string())})
    order = np.array(data.draw(st.permutations(range(len(raw)))), np.int64)

    assert ordered(rows, order).cast(rows.schema) == rows.take(order)
    assert ordered(rows, None).cast(rows.schema) == rows
