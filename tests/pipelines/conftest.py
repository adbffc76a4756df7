"""A failing test that stops a job at each call reports the call."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from support.fakes.stops import STOPS

SHOWN = 3
"""The last stops are those of the world that is wrong."""


@pytest.fixture(autouse=True)
def _no_stops() -> None:
    STOPS.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and STOPS:
        report.sections.append(("stopped at", "\n".join(STOPS[-SHOWN:])))
    return report
