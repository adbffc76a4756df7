"""Ledger rows for tests, by state and the details that matter."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.ledger.row import Attempt, Current, Failure, LedgerRow, Queue, WindowState
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window

_OWN = {each.name for each in fields(LedgerRow)}
_ALL_TIME = Window(EPOCH, EpochMs(10**14 - 1))


def ledger_row(
    log_group: LogGroupName, window: Window, table: str, state: WindowState = WindowState.EXPORTING, **values: Any
) -> LedgerRow:
    """A row in a state. `values` are fields of the row, or of its attempt, failure or current in this state."""
    return changed(LedgerRow(log_group, window, table), state=state, **values)


def changed(row: LedgerRow, **values: Any) -> LedgerRow:
    """A row with other values, or in another `state` under its generation.

    A row that was in the table stays there, unless an attempt under the same generation is still to bring it there.
    """
    state = values.pop("state", row.state)
    if state is WindowState.UNREADABLE:
        return LedgerRow(row.log_group, row.window, row.table, unreadable=UnreadableItem("group#x 0#1", "damaged"))
    own = {name: values.pop(name) for name in list(values) if name in _OWN}
    if "generation" in own and row.attempt:
        row = replace(row, generation=own["generation"], attempt=replace(row.attempt, generation=own["generation"]))
    if state is row.state and state is not WindowState.SUPERSEDED and (row.attempt or row.failure or row.current):
        return _same_state(row, values, own)
    version, tried = row.newest, row.attempt
    row = replace(row, attempt=None, superseded_by=None, **{"generation": row.generation, **own})
    if state is WindowState.SUPERSEDED:
        return replace(row, superseded_by=row.superseded_by or _ALL_TIME)
    if state is WindowState.CONVERTED:
        current = Current.of(version, **{"generation": row.generation, **values})
        return replace(row, current=current, failure=None)
    if state is WindowState.FAILED:
        values = {"generation": row.generation, "failed_at_ms": row.updated_at_ms, **values}
        return replace(row, failure=Failure.of(version, **values))
    same = row.current and row.current.generation == row.generation
    made = {"generation": row.generation, "state": state, **values}
    attempt = replace(tried, **made) if tried else Attempt.of(version, **made)
    return replace(row, attempt=attempt, current=None if same else row.current)


def _same_state(row: LedgerRow, values: dict[str, Any], own: dict[str, Any]) -> LedgerRow:
    name = next(name for name in ("attempt", "failure", "current") if getattr(row, name))
    return replace(row, **{name: replace(getattr(row, name), **values), **own})


def again(row: LedgerRow, now_ms: int, queue: Queue = Queue.REQUESTED, *, accepts_fewer: bool = False) -> LedgerRow:
    """A row whose export has begun once more, under the next generation."""
    return row.begin(Attempt(row.generation + 1, accepts_fewer=accepts_fewer), EpochMs(now_ms), queue)


def moved(row: LedgerRow, to: WindowState, now_ms: EpochMs, **values: Any) -> LedgerRow:
    """A row's next version in another state, by the row change that leads there."""
    if to is WindowState.CONVERTED:
        accounting = values.pop("accounting", Accounting())
        return row.succeed(now_ms, accounting, values.pop("partitions", ()), **values)
    if to is WindowState.FAILED:
        return row.fail(now_ms, values.pop("reason", ""))
    if to is WindowState.SUPERSEDED:
        return row.supersede(now_ms, _ALL_TIME)
    if row.attempt:
        return row.advance(to, now_ms, **values)
    return row.begin(Attempt(row.generation + 1, state=to, **values), now_ms)
