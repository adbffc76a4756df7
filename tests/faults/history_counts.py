"""Counts and reports the results of all histories."""

from __future__ import annotations

from typing import NamedTuple

import pytest


class Survived(NamedTuple):
    """How many histories of a scenario ended well, and how many there were."""

    scenario: str
    survived: int
    histories: int


COUNTED = pytest.StashKey[list[Survived]]()
"""Where pytest's configuration keeps them until the end of the session."""


class HistoryCounts:
    """Counts the histories of a scenario, and fails the test if any ends badly."""

    def __init__(self, config: pytest.Config, capsys: pytest.CaptureFixture[str]) -> None:
        self._counted = config.stash.setdefault(COUNTED, [])
        self._capsys = capsys

    def scenario(self, name: str, wrong: dict[str, list[str]]) -> None:
        """Takes the faults of each history, by its name: an empty list if there are none."""
        self._counted.append(Survived(name, sum(not found for found in wrong.values()), len(wrong)))
        with self._capsys.disabled():
            print(f"\n  {self._counted[-1].survived}/{len(wrong)} {name}", end="")
        reported = [f"{history}: {'; '.join(found)}" for history, found in wrong.items() if found]
        assert not reported, "\n".join(reported)
