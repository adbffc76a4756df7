from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

KERNEL_CASES = 1_000
LAKE_CASES = 20
"""Cases that share a lake, one table each; one in fifty goes through Spark and the crawler, so many at least."""

BLOCK = 50
"""Cases of one test: few enough to see it get on, many enough not to fill the screen."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("property")
    group.addoption("--cases", type=int, default=KERNEL_CASES, help="how many random cases go through the kernels")
    group.addoption("--first-case", type=int, default=0, help="the seed of the first one")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`block` is a range of seeds for the kernels, `made` one for a lake, `lake_case` the number of a table of it."""
    # Where pytest is started for all tests, it reads this file too late for its options.
    cases = metafunc.config.getoption("--cases", KERNEL_CASES)
    first = metafunc.config.getoption("--first-case", 0)
    if "block" in metafunc.fixturenames:
        metafunc.parametrize("block", _blocks(first, cases, BLOCK), ids=_seeds)
    if "made" in metafunc.fixturenames:
        lakes = _blocks(first, max(1, cases // 50 // LAKE_CASES) * LAKE_CASES, LAKE_CASES)
        metafunc.parametrize("made", lakes, ids=_seeds, indirect=True, scope="module")
    if "lake_case" in metafunc.fixturenames:
        metafunc.parametrize("lake_case", range(LAKE_CASES))


def _blocks(first: int, count: int, size: int) -> list[range]:
    return [range(start, min(start + size, first + count)) for start in range(first, first + count, size)]


def _seeds(block: range) -> str:
    return f"{block.start}-{block.stop - 1}"
