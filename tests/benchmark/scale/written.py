"""Bytes that are written to the lake for a byte of the table as it stays, simulated: hours, passes, compaction."""

from __future__ import annotations

from benchmark.scale.row import Row
from simulation.written import KINDS, WritingAccount, small_groups

GROUPS = 2_000


def measure_written(simulated: int, days: int) -> list[Row]:
    """Simulates hourly log groups, a few of them that stand for all, until some days are as they stay."""
    account = WritingAccount(small_groups(GROUPS, simulated, days))
    account.run()
    found: dict[str, float | str] = {**account.ratios()}
    total = sum(float(found[kind]) for kind in KINDS)
    what = f"bytes written to the lake of {GROUPS:,} hourly log groups"
    return [Row(what, total, "<=", 3, "x the table", found)]
