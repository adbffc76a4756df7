from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.tiles import tile
from support.truth.oracle import Counts, Hour

from faults.histories import History, undisturbed
from faults.pipeline import (
    CART,
    DAYS,
    LANDED,
    LIVE,
    PAY,
    PLAIN,
    SHOP,
    START,
    Pipeline,
    asked,
    compacting,
    load_groups,
    settling,
)
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window

FIRST_DAY = tile(DAYS)[0]


@pytest.fixture(scope="package")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """An account with log groups. Its server belongs to the process, so it ends with these tests."""
    with Pipeline(tmp_path_factory.mktemp("faults")).running() as pipeline:
        pipeline.had.update(load_groups(pipeline.aws, pipeline.clock.now_ms()))
        yield pipeline


@pytest.fixture(scope="package")
def history(pipeline: Pipeline) -> History:
    """The undisturbed history of requested windows and a landed object."""
    had = {Hour(LIVE, START): LANDED, **within(pipeline.had, SHOP, DAYS), **within(pipeline.had, PLAIN, FIRST_DAY)}
    return undisturbed(pipeline, asked(), EpochMs(START + 3 * MS_PER_DAY), had)


@pytest.fixture(scope="package")
def settling_history(pipeline: Pipeline) -> History:
    """The same for a settled window that replaces two fresh ones, and leaves the files that they share with others."""
    before, began_ms = settling(pipeline)
    return undisturbed(
        pipeline, before, began_ms, {hour: n for hour, n in pipeline.had.items() if hour.log_group in (PAY, CART)}
    )


@pytest.fixture(scope="package")
def compacting_history(pipeline: Pipeline) -> History:
    """The same for a window that leaves a compacted file, and for the compaction after that."""
    before, began_ms = compacting(pipeline)
    had = {**within(pipeline.had, SHOP, FIRST_DAY), **within(pipeline.had, PLAIN, FIRST_DAY)}
    return undisturbed(pipeline, before, began_ms, had)


def within(had: Counts, group: str, window: Window) -> Counts:
    """What a log group had in a window."""
    return {hour: count for hour, count in had.items() if hour.log_group == group and hour.from_ms in window}
