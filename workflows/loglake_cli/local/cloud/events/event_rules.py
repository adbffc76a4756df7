"""Events that come again, late and in another order, on purpose: EventBridge promises none of the contrary.

Source: EventBridge user guide: in rare cases a target is invoked more than once for one event, and nothing is said of
an order. Every delivery is drawn on its own, with the seed of its rule: the same rules do the same to the same events.
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
    """What befalls deliveries of events.

    Attributes:
        kind: ``repeated_events``: a delivery is made once more; ``late_events``: it is made later, and others pass it.
        probability: the share of the deliveries that it befalls, …
        seed: … drawn with this seed.
        within_s: the delivery, or the one that is made once more, comes so many seconds later at the most.
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
    """Draws when an event is delivered to a target, and how often.

    Attributes:
        struck: how many deliveries were late or made once more.
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
