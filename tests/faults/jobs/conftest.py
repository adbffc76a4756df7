from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.histories import History, undisturbed
from faults.pipeline import START, Pipeline, asked, compacting, load_groups, settling
from loglake.core.units import MS_PER_DAY, EpochMs


@pytest.fixture(scope="package")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """An account with log groups. Its server belongs to the process, so it ends with these tests."""
    with Pipeline(tmp_path_factory.mktemp("faults")).running() as pipeline:
        load_groups(pipeline.aws, pipeline.clock.now_ms())
        yield pipeline


@pytest.fixture(scope="package")
def history(pipeline: Pipeline) -> History:
    """The undisturbed history of requested windows and a landed object."""
    return undisturbed(pipeline, asked(), EpochMs(START + 3 * MS_PER_DAY))


@pytest.fixture(scope="package")
def settling_history(pipeline: Pipeline) -> History:
    """The same for a settled window that replaces two fresh ones."""
    before, began_ms = settling(pipeline)
    return undisturbed(pipeline, before, began_ms)


@pytest.fixture(scope="package")
def compacting_history(pipeline: Pipeline) -> History:
    """The same for a window that leaves a compacted file, and for the compaction after that."""
    before, began_ms = compacting(pipeline)
    return undisturbed(pipeline, before, began_ms)
