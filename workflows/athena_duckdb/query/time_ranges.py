"""The time range of the rows that a statement can return, from its conditions on `event_time` and `dt`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from athena_duckdb.query.query_bounds import ALWAYS, TimeRange

TIMES = frozenset({"event_time", "dt"})
"""The time of an event, and the partition of its day."""

_DAY_MS = 86_400_000
_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}


def time_range(conditions: Sequence[exp.Expr], instant: Callable[[exp.Expr], int | None]) -> TimeRange:
    """The time that holds all rows that meet one of some conditions.

    A condition that it doesn't understand leaves the range as wide as it is.

    Args:
        conditions: as `partition_pruning.conditions` returns them for `TIMES`; none: all of time.
        instant: evaluates a constant; None if it is no time.
    """
    return _widest([_of_condition(each, instant) for each in conditions] or [ALWAYS])


def _widest(ranges: Sequence[TimeRange]) -> TimeRange:
    begins, ends = [begin for begin, _ in ranges], [end for _, end in ranges]
    return (
        None if None in begins else min(each for each in begins if each is not None),
        None if None in ends else max(each for each in ends if each is not None),
    )


def _of_condition(condition: exp.Expr, instant: Callable[[exp.Expr], int | None]) -> TimeRange:
    """The time that meets a condition: all parts that AND joins hold."""
    parts = condition.flatten(unnest=True) if isinstance(condition, exp.And) else [condition]
    ranges = [_bounds(part.unnest(), instant) for part in parts]
    return (
        max((begin for begin, _ in ranges if begin is not None), default=None),
        min((end for _, end in ranges if end is not None), default=None),
    )


def _bounds(said: exp.Expr, instant: Callable[[exp.Expr], int | None]) -> TimeRange:
    """The time that meets a part of a condition."""
    if isinstance(said, exp.And):
        return _of_condition(said, instant)
    if isinstance(said, exp.Between):
        begin, _ = _compared(exp.GTE, said.this, instant(said.args["low"]))
        _, end = _compared(exp.LTE, said.this, instant(said.args["high"]))
        return begin, end
    if isinstance(said, exp.In) and said.expressions:
        return _widest([_compared(exp.EQ, said.this, instant(each)) for each in said.expressions])
    if type(said) not in _FLIPPED:
        return ALWAYS
    if isinstance(said.this, exp.Column):
        return _compared(type(said), said.this, instant(said.expression))
    return _compared(_FLIPPED[type(said)], said.expression, instant(said.this))


def _compared(sign: type[exp.Expr], column: exp.Expr, ms: int | None) -> TimeRange:
    """The range of a column compared with a constant. A day is compared as text, so it counts as a whole."""
    if ms is None or not isinstance(column, exp.Column):
        return ALWAYS
    step = _DAY_MS if column.name.lower() == "dt" else 1
    begin = ms - ms % step
    end = begin if sign is exp.LT and begin == ms else begin + step
    return (
        begin if sign in {exp.EQ, exp.GT, exp.GTE} else None,
        end if sign in {exp.EQ, exp.LT, exp.LTE} else None,
    )
