"""Verdicts on runs for a person: Glue calls a run COMPLETED even if all of its jobs failed. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gluelocal.engine.views import RunView
from loglake.core.run.outcome import Outcome

_BAD = frozenset({"FAILED", "TIMEOUT", "STOPPED", "CANCELLED", "ERROR"})
_KINDS = {
    "SUCCEEDED": "good", "COMPLETED": "good", "FIRED": "good", "RUNNING": "busy", "STOPPING": "busy",
}  # fmt: skip
_COUNTED = {"Failed": "failed", "Timeout": "timed out", "Stopped": "stopped"}


@dataclass(frozen=True)
class Verdict:
    """A badge: its words, and its style (good, busy, odd, bad, idle), which only repeats the words."""

    words: str
    kind: str


def kind(state: str) -> str:
    """The style of a state. The state is always written beside it."""
    return "bad" if state in _BAD else _KINDS.get(state, "idle")


def verdict(run: RunView, properties: Mapping[str, str]) -> Verdict:
    """The verdict on a run.

    Args:
        run: the run.
        properties: the run's properties; each loglake job puts its outcome there: it may be partial although it
            SUCCEEDED.
    """
    trouble = [f"{run.statistics[f'{name}Actions']:,} {word}" for name, word in _COUNTED.items()]
    trouble = [words for words in trouble if not words.startswith("0 ")]
    if trouble:
        return Verdict(", ".join([run.status, *trouble]), "bad")
    if kind(run.status) == "good" and Outcome.PARTIAL.value in map(_outcome, properties.values()):
        return Verdict(f"{run.status}, partial", "odd")
    return Verdict(run.status, kind(run.status))


def _outcome(message: str) -> str:
    """The outcome in a run's property; others may put anything there."""
    try:
        found = json.loads(message)
    except ValueError:
        return ""
    return str(found.get("outcome", "")) if isinstance(found, dict) else ""
