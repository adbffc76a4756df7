"""The states of a window, and which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class WindowState(str, Enum):
    """A window's progress from CloudWatch to the table."""

    PLANNED = "PLANNED"
    EXPORTING = "EXPORTING"
    EXPORTED = "EXPORTED"
    CONVERTING = "CONVERTING"
    CONVERTED = "CONVERTED"
    FAILED = "FAILED"
    SUPERSEDED = "SUPERSEDED"
    UNREADABLE = "UNREADABLE"  # its row can't be read; this state is never written


class Queue(str, Enum):
    """The queues for the account's one export slot; `core.planning.scheduler` orders them."""

    REQUESTED = "requested"  # a person asked for it
    FRESH = "fresh"  # its day has not settled yet
    CATCH_UP = "catch_up"  # never exported, though its day should have settled by now
    SETTLED = "settled"  # a day's fresh windows once more, as one window
    FINAL = "final"  # a settled day once more, when no late event can come any more


TERMINAL: frozenset[WindowState] = frozenset({WindowState.CONVERTED, WindowState.FAILED, WindowState.SUPERSEDED})
CLOSED: frozenset[WindowState] = frozenset({WindowState.CONVERTED, WindowState.SUPERSEDED})
"""States with nothing left to do: the index of pending rows has none of them."""

UNDER_WAY: frozenset[WindowState] = frozenset({WindowState.EXPORTING, WindowState.EXPORTED, WindowState.CONVERTING})
"""States in which a task or a converter works on the window, or is about to."""

TRANSITIONS: Mapping[WindowState, frozenset[WindowState]] = {
    # FAILED without a task: nothing can be exported, such as from a deleted group.
    # SUPERSEDED, here and below: a wider window replaces it.
    WindowState.PLANNED: frozenset({WindowState.EXPORTING, WindowState.FAILED, WindowState.SUPERSEDED}),
    # Back to PLANNED: the task failed or was cancelled, and another one is due.
    # To itself: the task id is recorded after the intent, so that a crash between the two finds the task by name.
    WindowState.EXPORTING: frozenset(
        {WindowState.EXPORTING, WindowState.EXPORTED, WindowState.PLANNED, WindowState.FAILED}
    ),
    # To itself, under the next generation: more objects of the window were landed.
    WindowState.EXPORTED: frozenset({WindowState.CONVERTING, WindowState.EXPORTED}),
    # To itself: the owner renews its lease, or another run takes it over after it ran out.
    # Back to EXPORTED: a converter gives the window back, such as at its deadline.
    WindowState.CONVERTING: frozenset(
        {WindowState.CONVERTING, WindowState.CONVERTED, WindowState.EXPORTED, WindowState.FAILED}
    ),
    # Another attempt, under the next generation: an export, or a conversion of the raw objects, if more of them were
    # landed or a person asks for it.
    WindowState.CONVERTED: frozenset({WindowState.PLANNED, WindowState.EXPORTED, WindowState.SUPERSEDED}),
    WindowState.FAILED: frozenset({WindowState.PLANNED, WindowState.EXPORTED, WindowState.SUPERSEDED}),
    WindowState.SUPERSEDED: frozenset(),
    WindowState.UNREADABLE: frozenset(),
}

MAX_ATTEMPTS = 5
"""Export tasks of one attempt before a window is FAILED with its reason."""
