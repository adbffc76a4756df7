from __future__ import annotations

import pytest

from faults.history_counts import COUNTED, HistoryCounts


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-faults", action="store_true", help="every fault, not a sample of them: takes minutes")


@pytest.fixture(scope="session")
def all_faults(pytestconfig: pytest.Config) -> bool:
    """Whether to try every fault. False without the option: pytest may read this file too late to have it."""
    return bool(pytestconfig.getoption("--all-faults", False))


@pytest.fixture
def history_counts(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> HistoryCounts:
    """Collects the results of the scenarios."""
    return HistoryCounts(pytestconfig, capsys)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the counts of all histories of all scenarios."""
    counted = config.stash.get(COUNTED, [])
    if counted:
        survived, histories = sum(c.survived for c in counted), sum(c.histories for c in counted)
        terminalreporter.write_line(f"faults survived: {survived}/{histories}")
