"""One finished run with one kernel for all notebooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.local.notebooks import Kernel, Run, finished_run, jupyter_below

EVENTS, INVOCATIONS = 3_000, 150


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return finished_run(tmp_path_factory.mktemp("run") / "kept", EVENTS, INVOCATIONS)


@pytest.fixture(scope="session")
def kernel(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with jupyter_below(tmp_path_factory.mktemp("jupyter"), keep=run.keep), Kernel() as kernel:
        yield kernel
