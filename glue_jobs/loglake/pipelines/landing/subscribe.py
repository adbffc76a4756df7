"""Gives log groups that are to be landed the deployment's subscription filter, and takes it from others.

A filter is the deployment's own by its name and its destination. No other is changed or deleted, so the log group's
other filters stay, whosoever they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Callable
from zlib import crc32

from loglake.core.keys import SUBSCRIBED
from loglake.core.landing.subscriptions import NEVER, UNKNOWN, Subscribed, SubscriptionFilter, due
from loglake.core.ports.clock import Clock
from loglake.core.ports.objects import ObjectStore
from loglake.core.ports.subscription_filters import SubscriptionFilters
from loglake.core.run.outcome import LOOK, Outcome, RunNote
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import RUN, StateItems, change, claim_ledger
from loglake.core.units import EPOCH, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.errors import LoglakeError, NotFoundError, PermanentError, ThrottledError
from loglake.pipelines.export.read_budget import ReadBudget

SUBSCRIBING_S = 50 * 60
"""How long a look may take, below the job's Timeout: it reaches about 6,000 log groups, and the next one the rest."""

_PARTS = 24
"""A look asks about one of so many parts of the log groups that have the filter: each comes once a day."""

_SHOWN = 5

_SAID = 20
"""How many log groups are looked at between two words on progress."""


@dataclass
class Report:
    """What a look did.

    Attributes:
        put: how many filters it made or changed.
        removed: how many it deleted.
        refused: why the filter of a log group is not as it should be.
        left: how many log groups it had no time for.
    """

    put: int = 0
    removed: int = 0
    refused: dict[LogGroupName, str] = field(default_factory=dict)
    left: int = 0

    @property
    def remarks(self) -> list[str]:
        """What a person has to look at."""
        said = [f"Subscription filter of {name}: {why}" for name, why in sorted(self.refused.items())[:_SHOWN]]
        if len(self.refused) > _SHOWN:
            said.append(f"{len(self.refused) - _SHOWN:,} more log groups lack theirs: `loglake doctor` names them")
        if self.left:
            said.append(f"{self.left:,} log groups wait for the next look at their subscription filters")
        return said

    def sentences(self, make: str, delete: str) -> Iterator[str]:
        """What changes, in these words, and what a person has to look at."""
        if self.put or self.removed:
            yield f"Subscription filters: {self.put:,} {make}, {self.removed:,} {delete}"
        yield from self.remarks


def read_note(control: ObjectStore) -> Subscribed:
    """What the last look noted."""
    with suppress(NotFoundError):
        return Subscribed.from_json(control.get(SUBSCRIBED))
    return NEVER


def note_look(notes: StateItems, report: Report, now_ms: EpochMs) -> None:
    """Notes how a look went, for `loglake status`.

    Raises:
        OtherVersionLedgerError: another version of loglake wrote the ledger.
    """
    claim_ledger(notes, now_ms)
    outcome = Outcome.PARTIAL if report.remarks else Outcome.OK
    note = RunNote.of(LOOK, outcome, now_ms, report.remarks)
    change(notes, RUN, LOOK, RunNote(LOOK, outcome, EPOCH), lambda _: note)


class Subscriber:
    """Makes and deletes the filters of a deployment.

    CloudWatch allows five calls of each kind a second, and CloudFormation and people share them. So two log groups are
    looked at in a second, with at most two calls each.
    """

    def __init__(
        self,
        wanted: SubscriptionFilter,
        filters: SubscriptionFilters,
        control: ObjectStore,
        clock: Clock,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`wanted` is the filter of the deployment."""
        self._wanted, self._filters, self._control = wanted, filters, control
        self._clock, self._say = clock, say
        self._budget = ReadBudget(clock, filters.quota)
        while self._budget.take():  # it would allow a burst at first
            pass

    def subscribe(self, datasets: Datasets, within_s: float) -> Report:
        """Has exactly the log groups of datasets with ``ingest: landing`` have the filter, as far as it gets.

        What may have one is noted before it is made: a run that is killed leaves none that nobody knows.

        Args:
            datasets: say which log groups are to be landed.
            within_s: how long it may take.
        """
        now_ms = self._clock.now_ms()
        found = due(read_note(self._control), self._wanted, datasets, self._filters.log_groups())
        groups = {**found.known, **dict.fromkeys([*found.missing, *found.leaving], UNKNOWN)}
        self._note(groups, found.left_out)
        part = now_ms // MS_PER_HOUR % _PARTS
        again = {name: made_ms for name, made_ms in found.known.items() if crc32(name.encode()) % _PARTS == part}
        report = Report(refused=found.left_out)
        self._go_through({**found.missing, **again}, found.leaving, groups, report, now_ms + within_s * 1000)
        self._note(groups, report.refused)
        return report

    def remove(self) -> Report:
        """Deletes the filter from all log groups that may have it.

        Without a note, all log groups of the account are asked.

        Raises:
            PermanentError: some could not be deleted. They stay noted, for the next call.
        """
        note, report = read_note(self._control), Report()
        groups = dict(note.groups) if note.looked_ms else {each.name: UNKNOWN for each in self._filters.log_groups()}
        self._go_through({}, list(groups), groups, report, float("inf"))
        self._note(groups, report.refused)
        if report.refused:
            name, why = min(report.refused.items())
            raise PermanentError(
                f"{len(report.refused):,} subscription filters can't be deleted, such as that of {name}: {why} Fix "
                "that, and run the same command again."
            )
        return report

    def _note(self, groups: Mapping[LogGroupName, EpochMs], refused: Mapping[LogGroupName, str]) -> None:
        self._control.put(SUBSCRIBED, Subscribed(self._wanted, groups, refused, self._clock.now_ms()).to_json())

    def _go_through(
        self,
        having: Mapping[LogGroupName, EpochMs],
        lacking: Sequence[LogGroupName],
        groups: dict[LogGroupName, EpochMs],
        report: Report,
        until_ms: float,
    ) -> None:
        """Sees to it that some log groups have the filter and others lack it, and changes `groups` accordingly."""
        work = [*having, *lacking]
        for done, name in enumerate(work):
            if done % _SAID == 0:
                self._say(f"Subscription filters: {done:,} of {len(work):,} log groups looked at")
            if self._clock.now_ms() >= until_ms:
                report.left = sum(groups[each] == UNKNOWN for each in work[done:])
                return
            try:
                if name in having:
                    report.put += self._in_time(partial(self._have, name), until_ms)
                    groups[name] = having[name]
                else:
                    report.removed += self._in_time(partial(self._lack, name), until_ms)
                    groups.pop(name)
            except NotFoundError:
                groups.pop(name)
            except LoglakeError as error:
                report.refused[name] = str(error)
                groups[name] = UNKNOWN

    def _in_time(self, change: Callable[[], bool], until_ms: float) -> bool:
        """Makes a change as fast as CloudWatch lets it."""
        while True:
            while not self._budget.take():
                self._clock.sleep(self._budget.wait_s())
            try:
                return change()
            except ThrottledError:
                if self._clock.now_ms() >= until_ms:
                    raise
                self._budget.slow_down()

    def _have(self, log_group: LogGroupName) -> bool:
        """Makes the filter unless the log group has it; returns whether it did.

        One of another name with the same destination does as well: with a second one each event would come twice.
        """
        for each in self._filters.of(log_group):
            if each == self._wanted or (
                each.destination_arn == self._wanted.destination_arn and each.name != self._wanted.name
            ):
                return False
            if each.name == self._wanted.name and not each.is_of(self._wanted):
                raise PermanentError(f"the log group has one of this name that delivers to {each.destination_arn}")
        self._filters.put(log_group, self._wanted)
        return True

    def _lack(self, log_group: LogGroupName) -> bool:
        """Deletes the filter if the log group has it; returns whether it did."""
        own = any(each.is_of(self._wanted) for each in self._filters.of(log_group))
        if own:
            self._filters.delete(log_group, self._wanted.name)
        return own
