"""Records the calls at which a test stopped something, for the report of a failing test."""

from __future__ import annotations

STOPS: list[str] = []
"""Of the test that runs, in order."""


def note_stop(call: str) -> None:
    """Notes the name of a call, such as ``ledger.replace``, at which something was stopped."""
    STOPS.append(call)
