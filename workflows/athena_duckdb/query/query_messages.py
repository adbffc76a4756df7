"""The messages of a query's process over its pipe: plain values."""

from __future__ import annotations

import io
import pickle
from typing import Any
from zoneinfo import ZoneInfo

COLUMNS, ROWS, END, REFUSED, MEMORY, TOO_LARGE = "columns", "rows", "end", "refused", "memory", "too large"
"""Kinds of messages: names and types of the columns; rows; whether there are more rows; the error."""

PERCENT = "percent"
"""The query's progress, sent regularly."""

READ = "read"
"""The bytes that were read from the tables' files, sent before the end."""

READS = "reads"
"""The tables that the query reads, and of which time, sent after the columns."""

LAST = frozenset({END, REFUSED, MEMORY, TOO_LARGE})
"""The last message is one of these."""

_VALUES = {
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "uuid": {"UUID", "SafeUUID"},
    "zoneinfo": {"ZoneInfo"},
}
"""The classes of DuckDB's values, in addition to Python's own."""


def encoded(kind: str, value: Any) -> bytes:
    """A message as bytes."""
    body = io.BytesIO()
    _Pickler(body, pickle.HIGHEST_PROTOCOL).dump((kind, value))
    return body.getvalue()


def decoded(body: bytes) -> tuple[str, Any]:
    """Kind and value of a message; only plain values are unpickled."""
    kind, value = _Values(io.BytesIO(body)).load()
    return kind, value


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:
        """A time zone as its name. Pickled directly it needs `getattr`, which is more than a value."""
        return (ZoneInfo, (value.key,)) if isinstance(value, ZoneInfo) else NotImplemented


class _Values(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Refuses all classes and functions except values' own."""
        if name not in _VALUES.get(module, ()):
            raise pickle.UnpicklingError(f"{module}.{name} is not a value")
        return super().find_class(module, name)
