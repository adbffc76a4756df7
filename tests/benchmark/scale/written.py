"""Bytes that are written to the lake for a byte of the table as it stays, simulated: hours, passes, compaction."""

from __future__ import annotations

from benchmark.scale.row import Row
from simulation.written import KINDS, WritingAccount


def measure_written(groups: int, days: int) -> list[Row]:
    """Simulates small hourly log groups, until some days are as they stay."""
    account = WritingAccount(groups, days)
    account.run()
    found: dict[str, float | str] = {**account.ratios()}
    total = sum(float(found[kind]) for kind in KINDS)
    what = f"bytes written to the lake of {groups:,} small hourly log groups"
    return [Row(what, total, "<=", 3, "x the table", found)]
