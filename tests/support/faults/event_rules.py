"""Fault rules that deliver events repeatedly, late and out of order. EventBridge allows all three.

Source: EventBridge user guide: in rare cases a target is invoked more than once for one event, and no order is
promised. Each delivery is drawn separately, with the seed of its rule: the same rules treat the same events the same
way.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

REPEATED = "repeated_events"
LATE = "late_events"
EVENT_FAULTS = (REPEATED, LATE)


@dataclass(frozen=True)
class EventRule:
    """A fault of event deliveries.

    Attributes:
        kind: ``repeated_events`` delivers once more; ``late_events`` delivers later, so other events overtake.
        probability: the share of the deliveries that it affects.
        seed: the seed of these draws.
        within_s: the late or repeated delivery comes at most this many seconds later.
    """

    kind: str
    probability: float = 1.0
    seed: int = 0
    within_s: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in EVENT_FAULTS:
            raise ValueError(f"{self.kind!r} befalls no events; there are {', '.join(EVENT_FAULTS)}")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"a probability is between 0 and 1, not {self.probability}")
        if self.kind == LATE and not self.within_s:
            raise ValueError(f"{LATE} needs a delay_s that is not 0")


class Disorder:
    """Draws when, and how often, an event is delivered to a target.

    Attributes:
        struck: how many deliveries were late or repeated.
    """

    def __init__(self, rules: Sequence[EventRule] = ()) -> None:
        self._rules = [(rule, random.Random(rule.seed)) for rule in rules]
        self.struck = 0

    def delays_s(self) -> list[float]:
        """Seconds until each delivery of one event to one target; at least one. Without rules it is ``[0.0]``."""
        first, more = 0.0, []
        for rule, drawn in self._rules:
            strikes, delay_s = drawn.random() < rule.probability, drawn.random() * rule.within_s
            if strikes and rule.kind == LATE:
                first = max(first, delay_s)
            elif strikes:
                more.append(delay_s)
        self.struck += bool(first) + len(more)
        return [first, *more]
