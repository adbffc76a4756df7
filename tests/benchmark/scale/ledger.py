"""How large the ledger of 2,000 log groups is that were exported each hour for a year: from the sizes of real items.

And what a status makes of the ledger of some log groups after a year, by all rows and by the totals of closed months.
"""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from time import process_time
from typing import Any

from benchmark.scale.row import Row
from support.worlds.ledger_rows import ledger_row

from loglake.aws.ledger_rows import CLOSED_MONTH, LedgerContents, row_item, serialize
from loglake.core.accounting import Accounting
from loglake.core.keys import decision_name
from loglake.core.ledger.closed import ClosedMonth, closed_until, month_of
from loglake.core.ledger.row import SUPERSEDED_MS, LedgerRow, WindowState
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake_cli.operations.standing.reading import status_of_groups

GROUPS = 2_000
READ_GROUPS = 200
TTL_LATE_DAYS = 2
"""DynamoDB deletes what has expired "within a few days" (developer guide, Time to Live); two at most are assumed."""
SETTLED_MS = 2 * MS_PER_DAY
"""Hours that have not settled are rows of their own."""

_GROUP = LogGroupName("/aws/lambda/team-42/checkout-function-0001")
_NOW = parse_instant("2027-12-01")


def measure_ledger() -> list[Row]:
    """Adds up the items of a log group, as the mean of 31 days: until a month is closed, its rows stay."""
    chance = random.Random(7)
    days = [_row(EpochMs(_NOW + (30 - n) * MS_PER_DAY), MS_PER_DAY, chance) for n in range(365 + 31)]
    hours = [_row(EpochMs(_NOW - n * MS_PER_HOUR), MS_PER_HOUR, chance) for n in range(24)]
    mean: Counter[str] = Counter()
    windows = 0
    for now_ms in range(_NOW, _NOW + 31 * MS_PER_DAY, MS_PER_DAY):
        cut, noted = closed_until(now_ms), 0
        mine = [row for row in days if 0 <= now_ms - SETTLED_MS - row.window.from_ms < 365 * MS_PER_DAY]
        rows = [row for row in mine if row.window.from_ms >= cut]
        mean["rows"] += sum(_bytes(row_item(row)) for row in rows)
        mean["rows"] += SETTLED_MS // MS_PER_DAY * sum(_bytes(row_item(row)) for row in hours)
        gone = [row.supersede(_NOW, days[0].window) for row in hours]
        mean["replaced rows"] += (SUPERSEDED_MS // MS_PER_DAY + TTL_LATE_DAYS) * sum(
            _bytes(row_item(row)) for row in gone
        )
        for name, month in groupby(sorted(mine, key=lambda row: row.name), lambda row: month_of(row.window.from_ms)):
            past = [row for row in month if row.window.from_ms < cut]
            mean["closed months"] += _bytes(_month(name, past)) if past else 0
            noted += len(past)
        windows += noted
    details: dict[str, float | str] = {f"{name}, GB": size / 31 * GROUPS / 1e9 for name, size in mean.items()}
    details["a closed window, bytes"] = mean["closed months"] / windows
    what = f"the ledger of {GROUPS:,} hourly log groups after a year"
    size = Row(what, sum(mean.values()) / 31 * GROUPS / 1e9, "<=", 0.3, "GB", details)
    return [size, _measure_status()]


def _measure_status() -> Row:
    """Each log group has a row a day; closed months are packed, as a scan gives them."""
    chance, cut = random.Random(7), closed_until(_NOW)
    items: list[dict[str, Any]] = []
    for number in range(READ_GROUPS):
        group = LogGroupName(f"{_GROUP}-{number:03}")
        days = [_row(EpochMs(_NOW - (n + 2) * MS_PER_DAY), MS_PER_DAY, chance, group) for n in range(360)]
        items += [row_item(row) for row in days if row.window.from_ms >= cut]
        past = sorted((row for row in days if row.window.from_ms < cut), key=lambda row: row.name)
        items += [_month(name, list(rows)) for name, rows in groupby(past, lambda row: month_of(row.window.from_ms))]
    stored = [serialize(item) for item in items]
    details: dict[str, float | str] = {}
    for name, is_total in (("all rows", False), ("totals", True)):
        start = process_time()
        status_of_groups(_rows(stored, is_total=is_total), {}, _NOW, MS_PER_DAY)
        details[f"CPU seconds by {name}"] = process_time() - start
        tracemalloc.start()
        details[f"{name}: rows and stretches"] = len(_rows(stored, is_total=is_total))
        details[f"MB by {name}"] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    share = float(details["CPU seconds by totals"]) / float(details["CPU seconds by all rows"])
    what = f"a status of {READ_GROUPS} log groups after a year: by totals"
    return Row(what, share, "<=", 0.3, "of all rows", details)


def _rows(stored: list[dict[str, Any]], *, is_total: bool) -> list[LedgerRow]:
    """What a ledger of these items reads."""
    contents = LedgerContents()
    for item in stored:
        contents.add(item)
    return contents.rows_and_totals(MS_PER_DAY) if is_total else contents.all_rows()


def _row(start: EpochMs, length_ms: int, chance: random.Random, group: LogGroupName = _GROUP) -> LedgerRow:
    events = chance.randrange(100, 100_000)
    row = ledger_row(
        group, Window(start, EpochMs(start + length_ms)), "aws_lambda", WindowState.CONVERTED, task_id=_hex(chance, 16)
    )
    assert row.current
    current = replace(
        row.current,
        exported_at_ms=EpochMs(start + length_ms + chance.randrange(MS_PER_HOUR)),
        objects=2,
        size_bytes=chance.randrange(10**6),
        digest=_hex(chance, 32),
        pages=2,
        events=events,
        id_sum=chance.randrange(2**63),
        accounting=Accounting(events, events, text_bytes=events * 120, read_as={"json": events - 9, "lambda": 9}),
        partitions=(f"dt={month_of(start)}-01",),
        events_before=events,
        table_files=1,
        table_bytes=chance.randrange(10**6),
        decision=_hex(chance, 32),
    )
    decision = decision_name(start + 2 * length_ms, _hex(chance, 8))
    updated_ms = EpochMs(start + length_ms + MS_PER_DAY)
    return replace(row, current=current, version=6, updated_at_ms=updated_ms, decisions=(decision,))


def _hex(chance: random.Random, size: int) -> str:
    return chance.randbytes(size).hex()


def _month(name: str, rows: list[LedgerRow]) -> dict[str, Any]:
    group = rows[0].log_group
    month = ClosedMonth(group, name).plus(rows, _NOW)
    assert month
    return {"pk": f"{CLOSED_MONTH}{group}", "sk": name, **month.to_json()}


def _bytes(item: Mapping[str, Any]) -> int:
    """An item's size as DynamoDB bills it: developer guide, item sizes, and 100 bytes for each item."""
    return sum(len(name) + _value(value) for name, value in serialize(dict(item)).items()) + 100


def _value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return (len(content.strip("0")) + 1) // 2 + 1
    if kind == "B":
        return len(content if isinstance(content, bytes) else content.value)
    if kind == "M":
        return 3 + sum(1 + len(name) + _value(each) for name, each in content.items())
    if kind == "L":
        return 3 + sum(1 + _value(each) for each in content)
    return 1
