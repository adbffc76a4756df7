"""What the process of a query sends over its pipe: messages of plain values, each after its size."""

from __future__ import annotations

import io
import pickle
import struct
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

COLUMNS, ROWS, END, REFUSED, MEMORY, TOO_LARGE = "columns", "rows", "end", "refused", "memory", "too large"
"""Kinds of messages: names and types of the columns; rows; whether there are more; why there is no answer."""

PERCENT = "percent"
"""And how much of the query is done, now and then."""

READ = "read"
"""And, before the end, how many bytes of the tables' files were read."""

LAST = frozenset({END, REFUSED, MEMORY, TOO_LARGE})
"""After each of these there is no other message."""

HEADER = struct.Struct("!Q")
_VALUES = {
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "uuid": {"UUID", "SafeUUID"},
    "zoneinfo": {"ZoneInfo"},
}
"""The classes of values that DuckDB gives, beside Python's own."""


def encoded(kind: str, value: Any) -> bytes:
    """A message, ready to be written."""
    body = io.BytesIO()
    _Pickler(body, pickle.HIGHEST_PROTOCOL).dump((kind, value))
    return HEADER.pack(body.tell()) + body.getvalue()


def decoded(body: bytes) -> tuple[str, Any]:
    """Kind and value of a message without its header; nothing but plain values is made of it."""
    kind, value = _Values(io.BytesIO(body)).load()
    return kind, value


def send(to: BinaryIO, message: bytes) -> None:
    """Writes a message."""
    to.write(message)
    to.flush()


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:
        """A time zone as its name; by itself it asks for `getattr`, which is more than a value."""
        return (ZoneInfo, (value.key,)) if isinstance(value, ZoneInfo) else NotImplemented


class _Values(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Refuses every class and function but those of values."""
        if name not in _VALUES.get(module, ()):
            raise pickle.UnpicklingError(f"{module}.{name} is no value")
        return super().find_class(module, name)
