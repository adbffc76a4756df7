"""What is written to the lake is counted once, whichever files it goes into."""

from __future__ import annotations

import pytest

from simulation.written import FILE_BYTES, HOURS, KINDS, ROW_BYTES, WritingAccount, Written

pytestmark = pytest.mark.unit


def test_the_parts_of_a_file_add_up_to_it() -> None:
    written = Written()
    for rows in (30, 70):
        written.add(HOURS, "tables/app/dt=2026-01-01/x.parquet", rows, 100)
    assert dict(written.of_day["dt=2026-01-01"]) == {HOURS: FILE_BYTES + 100 * ROW_BYTES}


def test_a_byte_of_a_day_that_is_over_was_written_by_its_hours_by_passes_and_by_compaction() -> None:
    account = WritingAccount(2, 20)
    account.run()
    ratios = account.ratios()
    assert ratios.pop("days") == 2
    assert ratios.pop("files a day") == 1
    assert ratios.keys() == set(KINDS)
    assert 0.9 < ratios[HOURS] < 1.3
    assert 2 < sum(ratios.values()) < 5
