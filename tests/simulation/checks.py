"""Looks at an account during its simulation and after it, as a user can, and describes each fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.truth.oracle import DAY_MS, Hour, Oracle, Promise

from loglake.core.keys import REJECTED, STAGING
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.standing.snapshot import deployed_status
from loglake_cli.operations.standing.status_document import document
from simulation.counting_stage import seen

if TYPE_CHECKING:
    from typing import Any

    from simulation.account import Account


class Checks:
    """The oracle's looks at an account.

    Attributes:
        found: the faults of all looks.
    """

    def __init__(self, account: Account, since_ms: int) -> None:
        """`since_ms`: the start of the datasets."""
        scenario = account.scenario
        final_ms = 15 * DAY_MS if scenario.final_pass == "always" else None
        promise = Promise(since_ms, final_ms=final_ms, late_ms=int(scenario.late_days * DAY_MS))
        self._account = account
        self.oracle = Oracle(account.cloudwatch, dict.fromkeys(account.alive, promise))
        self.found: list[str] = []

    def look(self) -> None:
        """Looks at the tables and the status."""
        now_ms = self._account.calendar.now_ms()
        self.found += self.oracle.look(now_ms, seen(self._account.lake), self.status())

    def status(self) -> dict[str, Any]:
        """What `loglake status --json` prints."""
        account = self._account
        stores = account.control, account.raw, account.lake
        deployment = Deployment(account.ledger, *stores, None, "loglake", account.calendar, account.cloudwatch)
        return document(deployed_status(deployment), "")

    def faults(self) -> list[str]:
        """All faults in words, with those of a last look."""
        self.look()
        left = [f"{item.key} was left in staging" for item in self._account.lake.list(STAGING)]
        rejected = [f"{item.key} was rejected" for item in self._account.control.list(REJECTED)]
        return [*dict.fromkeys([*self.found, *left, *rejected])]

    @property
    def events(self) -> int:
        """Events in the tables at the last look."""
        return sum(self.oracle.seen.values())

    @property
    def late(self) -> int:
        """How many of them could be exported only after their day had settled."""
        return sum(self._late(hour, count) for hour, count in self.oracle.seen.items())

    def _late(self, hour: Hour, count: int) -> int:
        return max(0, count - self._account.cloudwatch.events(hour, hour.day_end_ms + DAY_MS))
