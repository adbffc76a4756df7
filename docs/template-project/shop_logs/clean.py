"""What the shop's logs become before they are written."""

import pyarrow as pa
import pyarrow.compute as pc

EMAIL = r"(\\u[0-9A-Fa-f]{4}|\\.)?[\w.+-]+@[\w.-]+"
"""An address. The group keeps an escape of JSON before it whole, such as the line break in "\\nann@example.com"."""

BYTES = '"_raw_base64":'
"""What `_rescued` has for an event that is not UTF-8: its bytes, in which no pattern finds an address."""

FIXED = {"log_group", "log_stream", "_source", "_event_id"}
"""Columns of strings that say which event a row is: they stay as they are."""


def clean(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Drops health checks and DEBUG, hides e-mail addresses, and says which team a service belongs to."""
    batch = batch.filter(pc.invert(pc.match_substring(batch["raw"], "GET /health")))
    batch = batch.filter(pc.fill_null(pc.not_equal(batch["level"], "DEBUG"), True))
    for field in batch.schema:
        if field.type == pa.string() and field.name not in FIXED:
            masked = pc.replace_substring_regex(batch[field.name], EMAIL, r"\1<email>")
            batch = replace(batch, field.name, masked)
    is_readable = pc.invert(pc.match_substring(batch["_rescued"], BYTES))
    batch = replace(batch, "_rescued", pc.if_else(is_readable, batch["_rescued"], None))
    return replace(batch, "team", pc.if_else(pc.starts_with(batch["log_group"], "/app/pay"), "payments", "shop"))


def replace(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    """The batch with other values in a column."""
    return batch.set_column(batch.schema.get_field_index(name), name, values)
