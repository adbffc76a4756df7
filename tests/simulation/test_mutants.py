"""The oracle finds a fault of each kind in an account, so a clean simulation means something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from loglake.core.keys import TABLES
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleResult
from loglake.core.units import MS_PER_DAY
from simulation.account import Account, Scenario
from simulation.checks import Checks
from simulation.counting_stage import CountingStage
from simulation.stores import IndexedStore

pytestmark = pytest.mark.unit

SCENARIO = Scenario(2, 4, look_days=1, others_minutes=0)
WHOLE = replace(SCENARIO, days=18, look_days=6)
"""Long enough for final passes."""


def faults(account: Account) -> str:
    account.run()
    return "\n".join(account.checks.faults())


class ChangingStage(CountingStage):
    """Changes the rows of each settled day, and counts as if it had not.

    In an hour that has not settled, one row too many may pass for an event that is exportable by now.
    """

    def __init__(self, account: Account, change: int) -> None:
        super().__init__(account.raw, account.lake)
        self._change = change

    def _convert(self, bundle: Bundle) -> BundleResult:
        result = super()._convert(bundle)
        if bundle.window.to_ms - bundle.window.from_ms == MS_PER_DAY:
            (group, hour, events), *_ = body = self._bodies[result.files[0].staged_key]
            body[0] = group, hour, events + self._change
        return result


@pytest.mark.parametrize(("change", "said"), [(-1, "and the settled pass is over"), (1, "events, and there were")])
def test_one_event_too_few_or_too_many_is_found(change: int, said: str) -> None:
    class Mutant(Account):
        def _stage(self) -> CountingStage:
            return ChangingStage(self, change)

    assert said in faults(Mutant(SCENARIO))


def test_a_settled_pass_that_is_skipped_is_found() -> None:
    class Mutant(Account):
        def _settings(self) -> dict[str, str]:
            return {**super()._settings(), "settle_after_hours": "1000"}

    found = faults(Mutant(SCENARIO))
    assert "and the settled pass is over" in found
    assert "fresh" not in found


def test_a_final_pass_that_is_skipped_is_found() -> None:
    class Mutant(Account):
        def _entries(self) -> list[dict[str, object]]:
            return [{**entry, "final_pass": "never"} for entry in super()._entries()]

    found = faults(Mutant(WHOLE))
    assert "and the final pass is over" in found
    assert "settled" not in found


def test_rows_that_stay_beside_those_that_replace_them_are_found() -> None:
    class Hoarder(IndexedStore):
        def delete(self, keys: Iterable[str]) -> None:
            super().delete(key for key in keys if not key.startswith(TABLES))

    class Mutant(Account):
        def __init__(self, scenario: Scenario) -> None:
            super().__init__(scenario)
            self.lake = Hoarder("lake")

    assert "events, and there were" in faults(Mutant(SCENARIO))


def test_a_status_that_is_ahead_of_the_tables_is_found() -> None:
    class Liar(Checks):
        def status(self) -> dict[str, Any]:
            found = super().status()
            for group in found["log_groups"]:
                group["complete_until"] = found["at"]
            return found

    account = Account(SCENARIO)
    account.checks = Liar(account, account.checks.oracle.promises["/app/0000"].since_ms)
    assert "and status says complete until" in faults(account)


def test_a_status_that_settles_too_early_is_found() -> None:
    class Liar(Checks):
        def status(self) -> dict[str, Any]:
            found = super().status()
            for group in found["log_groups"]:
                group["days"]["oldest_unsettled"] = None
            return found

    account = Account(SCENARIO)
    account.checks = Liar(account, account.checks.oracle.promises["/app/0000"].since_ms)
    assert "status says that its day has settled" in faults(account)
