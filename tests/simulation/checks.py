"""Looks at an account during its simulation and after it, as a user can, and describes each fault."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from support.truth.claims import claims
from support.truth.oracle import DAY_MS, HOUR_MS, Hour, Oracle, Promise

from loglake.core.keys import REJECTED, STAGING
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.standing.missing_reads import missing_in
from loglake_cli.operations.standing.reading import status_of
from loglake_cli.operations.standing.status_document import document
from simulation.counting_stage import seen

if TYPE_CHECKING:
    from typing import Any

    from simulation.account import Account


FINAL_DAYS = 19
"""Days that must be kept so that final passes come at their usual time."""

_NEWEST_DAYS = 20
"""An answer is looked at over one of so many days: older ones change no more."""


class Checks:
    """The oracle's looks at an account.

    Attributes:
        found: the faults of all looks.
        claimed: how many hours answers called complete.
    """

    def __init__(self, account: Account, since_ms: int) -> None:
        """`since_ms`: the start of the datasets."""
        scenario = account.scenario
        is_final = scenario.final_pass == "always" and (scenario.kept_days or FINAL_DAYS) >= FINAL_DAYS
        late_ms, final_ms = int(scenario.late_days * DAY_MS), 15 * DAY_MS if is_final else None
        promise = Promise(since_ms, final_ms=final_ms, late_ms=late_ms, kept_days=scenario.kept_days)
        self._account = account
        self.oracle = Oracle(account.cloudwatch, dict.fromkeys(account.alive, promise))
        self.found: list[str] = []
        self.claimed = 0
        self._since_ms = since_ms
        self._random = random.Random(account.scenario.seed)

    def look(self) -> None:
        """Looks at the tables and the status, and at what an answer over one day lacks."""
        now_ms, there = self._account.calendar.now_ms(), seen(self._account.lake)
        self.found += self.oracle.look(now_ms, there, self.status())
        days = range(self._since_ms, now_ms, DAY_MS)
        self.found += self._untrue(there, self._random.choice(days[-_NEWEST_DAYS:]))

    def _untrue(self, there: Mapping[Hour, int], day_ms: int) -> Iterator[str]:
        """Hours of a day that an answer over it calls complete, and that lack events in the table."""
        account, now_ms = self._account, self._account.calendar.now_ms()
        missing = missing_in(self._deployment(), {"app": (day_ms, day_ms + DAY_MS)}).to_json()
        exported = {row.log_group for row in account.ledger.stored.values()}
        for name in account.alive:
            kept_ms = account.cloudwatch.kept_since_ms(name, now_ms)
            for from_ms in range(day_ms, min(day_ms + DAY_MS, now_ms), HOUR_MS):
                hour = Hour(name, from_ms)
                gone = kept_ms is None or from_ms < kept_ms
                if not gone and claims(missing, hour, known=name in exported):
                    self.claimed += 1
                    due = account.cloudwatch.events(hour, min(now_ms, hour.day_end_ms + DAY_MS))
                    if there.get(hour, 0) < due:
                        yield f"{hour} has {there.get(hour, 0)} events of {due}, and an answer calls it complete"

    def status(self) -> dict[str, Any]:
        """What `loglake status --json` prints."""
        return document(status_of(self._deployment()), "")

    def _deployment(self) -> Deployment:
        account = self._account
        stores = account.control, account.raw, account.lake
        return Deployment(account.ledger, *stores, None, "loglake", account.calendar, account.cloudwatch)

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
