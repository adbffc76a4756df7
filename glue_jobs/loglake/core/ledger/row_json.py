"""A ledger row as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import Attempt, Current, Failure, LedgerRow, Queue, Version, WindowState
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import LedgerFormatError

FORMAT = 2
"""Of the items that this version writes, and the only one that it reads."""

V = TypeVar("V", bound=Version)


def row_to_json(row: LedgerRow) -> dict[str, Any]:
    """A JSON-ready dict."""
    covering = row.superseded_by
    current, attempt = row.current, row.attempt
    return {
        "format": FORMAT,
        "log_group": row.log_group,
        "from_ms": row.window.from_ms,
        "to_ms": row.window.to_ms,
        "table": row.table,
        "key_prefix": row.key_prefix,
        "version": row.version,
        "generation": row.generation,
        "queue": row.queue.value,
        "updated_at_ms": row.updated_at_ms,
        "current": _fields(current, accounting=current.accounting.to_json()) if current else None,
        "attempt": _fields(attempt, state=attempt.state.value) if attempt else None,
        "failure": _fields(row.failure) if row.failure else None,
        "superseded_by": [covering.from_ms, covering.to_ms] if covering else None,
    }


def row_from_json(data: Mapping[str, Any]) -> LedgerRow:
    """The inverse of `row_to_json`.

    Raises:
        LedgerFormatError: another version of loglake wrote it.
    """
    check_format(data)
    current, attempt, failure = data["current"], data["attempt"], data["failure"]
    covering = data["superseded_by"]
    return LedgerRow(
        log_group=LogGroupName(data["log_group"]),
        window=_window(data["from_ms"], data["to_ms"]),
        table=data["table"],
        key_prefix=data["key_prefix"],
        version=data["version"],
        generation=data["generation"],
        queue=Queue(data["queue"]),
        updated_at_ms=EpochMs(data["updated_at_ms"]),
        current=current and _version(Current, current, accounting=Accounting.from_json(current["accounting"])),
        attempt=attempt and _version(Attempt, attempt, state=WindowState(attempt["state"])),
        failure=failure and _version(Failure, failure),
        superseded_by=_window(*covering) if covering else None,
    )


def check_format(data: Mapping[str, Any]) -> None:
    """Raises LedgerFormatError if another version of loglake wrote an item."""
    if data.get("format") != FORMAT:
        raise LedgerFormatError(data.get("format"), FORMAT)


def _fields(version: Version, **more: Any) -> dict[str, Any]:
    """Without tuples, which JSON has none of."""
    lists = {name: list(value) for name, value in vars(version).items() if isinstance(value, tuple)}
    return {**vars(version), **lists, "includes": [list(place) for place in version.includes], **more}


def _version(kind: type[V], data: Mapping[str, Any], **more: Any) -> V:
    values = {**data, "includes": tuple((start, end, number) for start, end, number in data["includes"]), **more}
    if "partitions" in values:
        values["partitions"] = tuple(values["partitions"])
    return kind(**values)


def _window(from_ms: int, to_ms: int) -> Window:
    return Window(EpochMs(from_ms), EpochMs(to_ms))
