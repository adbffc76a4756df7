"""The log of decisions about a partition's compacted files: one decision per number, and the newest one counts.

Numbers go up without gaps. Each is decided once (``If-None-Match: *``), on top of all earlier decisions. A run decides
only after the last decision is fully applied, which also empties staging. So if a run stops before a copy, and goes on
after a later decision has removed the file, it finds nothing to copy. A run that adds rows to compacted files first
reserves its number, and then lists the partition. A run that removes rows aborts a reserved number that is not decided
(see `row_deletion`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from loglake.core.compaction.decision import Decision
from loglake.core.compaction.keys import Place, parse_log_key, staged_at
from loglake.core.ports.objects import ObjectStore
from loglake.core.unreadable import parse
from loglake.errors import AlreadyExistsError, CompactionOvertakenError, NotFoundError


@dataclass(frozen=True)
class LogState:
    """The state of a log.

    Attributes:
        next: the first number without a decision.
        reserved: whether a run has reserved it to add rows.
        live: the newest decision that is not aborted.
    """

    next: int
    reserved: bool
    live: Decision | None


class CompactionLog:
    """The compaction log of one partition."""

    def __init__(self, lake: ObjectStore, place: Place, owner: str) -> None:
        self.place = place
        self.owner = owner
        self._lake = lake

    def read(self) -> LogState:
        """Its current state. Raises UnreadableItemError if a decision that counts can't be read."""
        found = [parse_log_key(item.key) for item in self._lake.list(self.place.log_prefix)]
        decided = sorted(key.number for key in found if key and key.decided)
        number = decided[-1] + 1 if decided else 1
        reserved = any(key and not key.decided and key.number == number for key in found)
        decisions = (self._decision(each) for each in reversed(decided))
        return LogState(number, reserved, next((each for each in decisions if not each.aborted), None))

    def has_removed(self, key: str) -> bool:
        """Whether any decision removes a file. Reads all of them. Raises UnreadableItemError if one can't be read."""
        found = [parse_log_key(item.key) for item in self._lake.list(self.place.log_prefix)]
        return any(key in self._decision(each.number).supersedes for each in found if each and each.decided)

    def reserve(self, number: int) -> None:
        """Reserves a number for adding rows; files in a later listing are safe to merge."""
        self._put_new(self.place.reservation(number), self.owner.encode())

    def abort(self, number: int, why: str) -> None:
        """Makes sure that a number is decided: the run that reserved it finds the decision."""
        self.decide(Decision(self.place, number, self.owner, aborted=why))

    def decide(self, decision: Decision) -> bool:
        """Decides; False if another run has decided already, and its decision counts.

        It compares the existing decision with its own: if the answer to a write is lost, the store's retry finds the
        object that the first try wrote.
        """
        key = self.place.decision(decision.number)
        return self._put_new(key, decision.to_bytes()) or self._decision(decision.number) == decision

    def apply(self, live: Decision) -> None:
        """Does the open steps of the newest decision; idempotent.

        Copies come before removals, so a query never misses a row. Staging is emptied last: as long as it has files,
        something may be left to do.

        Raises:
            CompactionOvertakenError: a later decision has been applied.
            NotFoundError: a file is in neither staging nor the lake.
        """
        for file in live.files:
            if file.staged_key:
                self._copy(live, file.staged_key, file.final_key)
        self._lake.delete(live.supersedes)
        self.empty_staging(live.number)

    def _decision(self, number: int) -> Decision:
        key = self.place.decision(number)
        return parse(key, partial(Decision.from_bytes, self._lake.get(key)))

    def last_staged(self) -> int:
        """The highest number with staged files; 0 if nothing is staged."""
        found = (staged_at(item.key) for item in self._lake.list(self.place.staging_prefix))
        return max((each[1] for each in found if each), default=0)

    def empty_staging(self, number: int) -> None:
        """Removes what any run staged under numbers up to this one, which are all decided."""
        staged = ((item.key, staged_at(item.key)) for item in self._lake.list(self.place.staging_prefix))
        self._lake.delete([key for key, found in staged if found and found[1] <= number])

    def discard(self, staged: Iterable[str]) -> None:
        """Removes what this run staged and did not commit."""
        self._lake.delete(staged)

    def _copy(self, live: Decision, staged_key: str, final_key: str) -> None:
        try:
            self._lake.copy(staged_key, final_key)
        except NotFoundError:
            if self._lake.exists(final_key):
                return
            newest = self.read().live
            if newest and newest.number > live.number:
                raise CompactionOvertakenError(f"{newest.place} was changed by {newest.owner}") from None
            raise NotFoundError(
                f"{self.place.decision(live.number)} names {final_key}, which is neither staged nor in the lake: "
                "somebody removed it. Put it back, such as the version of it that the bucket still has."
            ) from None

    def _put_new(self, key: str, body: bytes) -> bool:
        try:
            self._lake.put_new(key, body)
        except AlreadyExistsError:
            return False
        return True
