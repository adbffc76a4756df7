"""Follows the events of a stack's running operation, and explains its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from loglake_cli.deploy.calls import pages
from loglake_cli.deploy.change_sets.stack_events import StackEvent, first_cause, in_words, read_event, short_type

if TYPE_CHECKING:
    from loglake_cli.deploy.change_sets.stack_states import StackState


class StackFeed:
    """The events of the running operation, each once, the oldest first."""

    def __init__(self, client: Any, stack_id: str) -> None:
        self._client, self._stack_id = client, stack_id
        self._seen: set[str] = set()
        self.heard: list[StackEvent] = []

    def skip(self) -> None:
        """Skips all events so far: they belong to earlier operations."""
        self._seen.update(event.id for event in self._newest())

    def new(self) -> list[StackEvent]:
        """The events since the last call."""
        found = list(takewhile(lambda event: event.id not in self._seen, self._newest()))[::-1]
        self._seen.update(event.id for event in found)
        self.heard += found
        return found

    def _newest(self) -> Iterator[StackEvent]:
        """The newest events first, back to the one that begins the operation."""
        for page in pages(self._client, "describe_stack_events", self._stack_id, StackName=self._stack_id):
            for entry in page["StackEvents"]:
                event = read_event(entry)
                yield event
                if event.begins:
                    return


def end_of(name: str, state: StackState | None, events: Sequence[StackEvent]) -> str:
    """The error of a failed operation, with the reason."""
    return f"{name} is {state.status if state else 'gone'}: {reason_of(state, events)}"


def reason_of(state: StackState | None, events: Sequence[StackEvent]) -> str:
    """Why a stack is as it is: the first cause among its events, else what CloudFormation says of the stack."""
    cause = first_cause(events)
    if cause:
        return f"{cause.logical_id} ({short_type(cause.type)}) failed: {in_words(cause)}"
    return (state.reason if state else "") or "CloudFormation gives no reason"
