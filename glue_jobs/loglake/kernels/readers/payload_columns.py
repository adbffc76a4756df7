"""Reads subscription payloads with Arrow's JSON reader, if all is as CloudWatch writes it.

Arrow refuses a timestamp that is not an integer, a repeated key, a lone surrogate, and text after a document. All else
is checked here. So the result is the same as with Python's `json`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from loglake.core.log_groups import account_in
from loglake.kernels.arrow import Array, Strings, pc, texts_of, without

DATA_MESSAGE = "DATA_MESSAGE"
CONTROL_MESSAGE = "CONTROL_MESSAGE"

MIN_MS, MAX_MS = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999, as exported text has them."""

_DEEPEST = 2_000
"""Levels of brackets that Arrow may meet: it calls itself for each of them, and 30,000 end the process."""

_STRETCH = 1_024
_OPEN, _CLOSE, _ROUND = ord("["), ord("]"), 0xDF
"""Without the bit that `_ROUND` lacks, a brace is a square bracket."""

_null_document = re.compile(rb"\}[ \t\r\n]*null").search
"""A null that is not a member of anything makes Arrow crash."""

_EVENT: list[pa.Field[Any]] = [
    pa.field("id", pa.string()),
    pa.field("timestamp", pa.int64()),
    pa.field("message", pa.string()),
]
_PAYLOAD: list[pa.Field[Any]] = [
    pa.field("messageType", pa.string()),
    pa.field("owner", pa.string()),
    pa.field("logGroup", pa.string()),
    pa.field("logStream", pa.string()),
    pa.field("logEvents", pa.list_(pa.struct(_EVENT))),
]
_SCHEMA = pa.schema(_PAYLOAD)


class Columns(NamedTuple):
    """Events of several payloads, in their order.

    Attributes:
        times: int64 ms.
        texts: string, or binary if some are not UTF-8.
        ids: string, null if an event has none.
        origins: for each payload its account, its log group, its log stream, and how many events it has.
    """

    times: Array
    texts: Array
    ids: Strings
    origins: list[tuple[str, str, str, int]]


def read_columns(data: bytes, documents: int) -> Columns | None:
    """Reads the data messages of payloads that follow each other. Peak memory: about twice the data.

    Args:
        data: payloads with white space between them, none before.
        documents: the number of payloads.

    Returns:
        Their events; None if anything is not as CloudWatch writes it.
    """
    readable = data.startswith(b"{") and not _null_document(data) and not _nests_too_deep(data)
    table = _read(data) if readable else None
    if table is None or table.num_rows != documents or any(column.num_chunks != 1 for column in table.columns):
        return None
    kinds = table.column("messageType")
    is_data = pc.equal(kinds, DATA_MESSAGE)
    if kinds.null_count or not pc.all(pc.or_(is_data, pc.equal(kinds, CONTROL_MESSAGE))).as_py():
        return None
    return _columns(table if pc.all(is_data).as_py() else table.filter(is_data))


def _nests_too_deep(data: bytes) -> bool:
    """Whether brackets nest too deep at the end of any stretch. Brackets in texts count too."""
    if len(data) <= _DEEPEST:
        return False
    codes = np.frombuffer(data, np.uint8) & np.uint8(_ROUND)
    steps = (codes == _OPEN).view(np.int8) - (codes == _CLOSE).view(np.int8)
    whole = steps[: len(steps) // _STRETCH * _STRETCH].reshape(-1, _STRETCH)
    levels = np.cumsum(whole.sum(axis=1, dtype=np.int32))
    return bool(levels.max() > _DEEPEST)


def _read(data: bytes) -> pa.Table | None:
    source: Any = pa.BufferReader(data)
    try:
        table = pj.read_json(
            source,
            read_options=pj.ReadOptions(use_threads=False, block_size=len(data) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=_SCHEMA, newlines_in_values=True, unexpected_field_behavior="ignore"
            ),
        )
        table.validate(full=True)  # the reader itself does not mind text that is not UTF-8
    except pa.ArrowException:
        return None
    return table


def _columns(payloads: pa.Table) -> Columns | None:
    groups, streams, lists = (_only(payloads, name) for name in ("logGroup", "logStream", "logEvents"))
    if groups.null_count or streams.null_count or lists.null_count:
        return None
    ids, times, texts = lists.flatten().flatten()  # null in all three where an element is null
    bounds = pc.min_max(times).as_py()
    if times.null_count or texts.null_count or (len(times) and not MIN_MS <= bounds["min"] <= bounds["max"] <= MAX_MS):
        return None
    counts = lists.value_lengths().to_pylist()
    accounts = map(account_in, _only(payloads, "owner").to_pylist())
    origins = list(zip(accounts, texts_of(groups), texts_of(streams), counts, strict=True))
    return Columns(times, texts, without(ids, ""), origins)


def _only(table: pa.Table, name: str) -> Any:
    """A column as one array."""
    return table.column(name).combine_chunks()
