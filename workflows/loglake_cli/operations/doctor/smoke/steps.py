"""The steps of a smoke test, and what they share: waiting with a bound, and saying for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loglake.core.units import EpochMs
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Check

_LOOK_S = 5.0
"""The time between two checks."""


@dataclass
class SmokeRun:
    """One smoke test.

    Attributes:
        account: the deployment, as checks see it.
        deployment: the same, as commands work on it.
        say: called with what it waits for.
        marker: a text that only the test's events have.
        event_ms: the time of its events.
        begun_ms: when the payload was landed; set by that step.
    """

    account: Account
    deployment: Deployment
    say: Callable[[str], None]
    marker: str
    event_ms: EpochMs
    begun_ms: int = 0

    def wait(self, what: str, seconds: float, look: Callable[[], Any]) -> Any:
        """The result of a repeated check; None if there is none in so many seconds."""
        self.say(f"Waiting for {what}, {seconds / 60:.0f} minutes at most")
        clock = self.deployment.clock
        until_ms = clock.now_ms() + seconds * 1000
        while (found := look()) is None and clock.now_ms() < until_ms:
            clock.sleep(_LOOK_S)
        return found


@dataclass(frozen=True)
class Step(Check[SmokeRun]):
    """One step: does it, and says what it found.

    Attributes:
        carries: later steps have a payload to check only if it is ok.
        needs_payload: it checks the payload.
    """

    carries: bool = False
    needs_payload: bool = True
