"""Random batches of one table through the kernels: every text, value, type and count is checked.

1,000 cases, and a tenth of that of clean ones; more with::

    pytest tests/property --cases 20000

A failure names its seed. That case alone, cut down to the events that it takes to fail::

    pytest tests/property/test_kernel_cases.py --cases 1 --first-case SEED
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from property.cases import Batch, Case
from property.generator import clean_case, wild_case
from property.kernel_runs import run_case
from property.reduce import reduced
from property.tables import typed_share

pytestmark = pytest.mark.unit


def passes(case: Case, run: Callable[[Case], object]) -> None:
    """Fails with the smallest failing case that this one reduces to."""
    try:
        run(case)
    except Exception as error:  # whatever a kernel may raise
        small, reason = reduced(case, error, run)
        events = [event for batch in small.batches for file in batch.files for event in file.events]
        shown = "\n".join(repr(event.data[:2_000]) for event in events[:20])
        pytest.fail(f"seed {case.seed}: {type(reason).__name__}: {reason}\n{len(events)} events:\n{shown}")


def test_nothing_is_lost(block: range) -> None:
    for seed in block:
        passes(wild_case(seed), run_case)


def test_clean_data_is_all_in_typed_columns(block: range) -> None:
    for seed in block[::10]:
        passes(clean_case(seed), _run_clean)


def _run_clean(case: Case) -> None:
    run = run_case(case)
    assert (run.quarantined, run.rescued) == (0, 0)
    assert typed_share(case, run.in_columns) >= 0.99


@pytest.mark.parametrize("seed", range(10))
def test_the_sizes_of_chunks_never_change_the_output(seed: int) -> None:
    case = wild_case(seed)
    whole = run_case(replace(case, chunks=(1 << 30,))).files
    for sizes in ((1,), (2,), (3,), (25,), (1_000,), (1, 4_096, 17)):
        assert run_case(replace(case, chunks=sizes)).files == whole


@pytest.mark.parametrize("seed", range(10, 20))
def test_where_gzip_members_are_cut_never_changes_the_output(seed: int) -> None:
    case = wild_case(seed)
    outputs = []
    for members in (1, 2, 9):
        batches = tuple(_with_members(batch, members) for batch in case.batches)
        outputs.append(run_case(replace(case, batches=batches)).files)
    assert outputs[0] == outputs[1] == outputs[2]


def _with_members(batch: Batch, members: int) -> Batch:
    return replace(batch, files=tuple(replace(file, members=members) for file in batch.files))
