"""Removes the rows of superseded files from a table, also if they share a file, or a compaction has moved them.

A final key identifies its rows for good. A compaction in another run may have merged the rows, may be about to,
or may begin at this very moment. `RowDeletion.remove` returns when none of the rows is in the table, and none can come
back:

1. It deletes the files themselves. A shared file that is still staged comes into the table first, and leaves staging:
   else another run, which completes its other windows, would copy it later.
2. It reads the log of their partition, and aborts a number that a compaction has reserved: that run's listing may be
   older than step 1. A later reservation lists later, and finds no such file.
3. If the newest decision has such rows, or a file that windows share, it writes those files again without them, as one
   file and the next decision. What stays of a shared file is in a compacted one from then on. A shared file leaves in
   no other way. If another run decides in between, it reads the log again, also if no file with such rows was found.

So a compaction need not know what is about to be replaced, and a commit need not know what is being compacted. After a
crash the commit is rolled forward, and all of this is done again.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import groupby

from loglake.core.compaction.decision import Decision, Piece, SharedFile, pack
from loglake.core.compaction.keys import Place, parse_table_file, place_of
from loglake.core.keys import SHARED, decision_key, shared_staging
from loglake.errors import CompactionOvertakenError, NotFoundError, PermanentError, UnreadableItemError
from loglake.pipelines.commit.decisions import Decisions
from loglake.pipelines.compaction.compactor import merge_files, pieces_of
from loglake.pipelines.compaction.eligibility import TARGET_BYTES
from loglake.pipelines.compaction.log import CompactionLog, LogState
from loglake.pipelines.ports import ConvertPorts

_ELSEWHERE = Place("", "")
"""For keys of no table, and of other objects."""

_WHY = "a commit replaces rows that were about to be compacted"


class RowDeletion:
    """Removes files of the lake's tables, and their rows in files that windows share."""

    def __init__(self, ports: ConvertPorts, owner: str, decisions: Decisions) -> None:
        self._ports = ports
        self._owner = owner
        self._decisions = decisions
        self._locks: dict[Place, threading.Lock] = {}

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files by their final keys; a missing one is not an error.

        Raises:
            PermanentError: a compacted file with their rows is gone.
            PermanentError: the decision about a shared file is gone or can't be read, so nobody knows what else it has.
            UnbalancedError: it has other rows than it should have.
            PermanentError: it can't be read.
        """
        by_place: dict[Place, set[str]] = defaultdict(set)
        for key in dict.fromkeys(keys):
            place = place_of(key)
            by_place[place if place and parse_table_file(key) else _ELSEWHERE].add(key)
        sharing = {place: self._sharing(place, some) for place, some in by_place.items()}
        parts = {part.key for files in sharing.values() for file in files for part in file.parts}
        self._ports.lake.delete(sorted(set().union(*by_place.values()) - parts))
        for place in sorted(by_place.keys() - {_ELSEWHERE}):
            log = CompactionLog(self._ports.lake, place, self._owner)
            with self._locks.setdefault(place, threading.Lock()):  # a run has one decision at a time in staging
                while not self._taken_out(log, by_place[place], sharing[place]):
                    continue  # another run decided in between: read again

    def is_compacted(self, key: str) -> bool:
        """Whether the rows of a final key are in a compacted file, or about to be."""
        place = place_of(key)
        live = CompactionLog(self._ports.lake, place, self._owner).read().live if place else None
        return live is not None and any(part.key == key for file in live.files for part in file.parts)

    def _sharing(self, place: Place, keys: Set[str]) -> list[SharedFile]:
        """The files that had some of these rows when they were converted."""
        files = []
        for name in sorted({file.decision for file in map(parse_table_file, keys) if file and file.decision}):
            batch = None
            with suppress(UnreadableItemError):  # it may be of files that no window shares
                batch = self._decisions.find(place.table, name)
            if batch is None and any(self._ports.lake.list(f"{place.prefix}{SHARED}{name}.")):
                raise PermanentError(
                    f"{decision_key(place.table, name)} said whose rows {place.prefix}{SHARED}{name}.* have, and is "
                    "gone or can't be read: they stay as they are. `loglake rerun --damaged` repairs it."
                )
            here = (file for file in (batch.shared_files if batch else ()) if place_of(file.final_key) == place)
            files += [file for file in here if any(part.key in keys for part in file.parts)]
        if files:
            self._bring(place, files)
        return files

    def _bring(self, place: Place, files: Iterable[SharedFile]) -> None:
        """Copies what is left of these files in staging, and removes it there: copies come before removals.

        What a task that was given up stages after its file has left the table is only removed.
        """
        lake, log = self._ports.lake, CompactionLog(self._ports.lake, place, self._owner)
        staged = {item.key for item in lake.list(shared_staging(place.table))}
        for file in (file for file in files if file.staged_key in staged):
            if not log.has_removed(file.final_key):
                with suppress(NotFoundError):  # another run did the same
                    lake.copy(file.staged_key, file.final_key)
            lake.delete([file.staged_key])

    def _taken_out(self, log: CompactionLog, keys: Set[str], sharing: Sequence[SharedFile]) -> bool:
        """Whether no file has any of these rows; if not, takes one step towards that."""
        state = log.read()
        if state.reserved:
            log.abort(state.next, _WHY)
            return False
        try:
            if state.live:
                log.apply(state.live)
            old = [*self._still_there(log.place, sharing), *(state.live.files if state.live else ())]
            old = [file for file in old if any(part.key in keys for part in file.parts)]
            if not old:  # what was listed as shared may have left under a number after those that were read
                return not sharing or log.read().next == state.next
            return self._decide(log, state, old, keys)
        except CompactionOvertakenError:
            pass
        return False

    def _still_there(self, place: Place, sharing: Sequence[SharedFile]) -> list[SharedFile]:
        """Those of shared files that are in the table: they leave by decisions of the partition's log alone."""
        there = {item.key for item in self._ports.lake.list(f"{place.prefix}{SHARED}")} if sharing else ()
        return [file for file in sharing if file.final_key in there]

    def _decide(self, log: CompactionLog, state: LogState, old: Sequence[SharedFile], keys: Set[str]) -> bool:
        """Decides on the same files without these rows; False if another run decides in between."""
        live = state.live.files if state.live else ()
        kept = [replace(file, staged_key="") for file in live if file not in old]
        new = self._written_again(log, state.next, old, keys)
        decision = Decision(log.place, state.next, self._owner, (*kept, *new), tuple(file.final_key for file in old))
        if log.decide(decision):
            log.apply(decision)
            return True
        log.discard(file.staged_key for file in new)
        return False

    def _written_again(
        self, log: CompactionLog, number: int, old: Sequence[SharedFile], keys: Set[str]
    ) -> list[SharedFile]:
        """What stays of files, in few new ones: else a compaction would write it once more to join them."""
        pieces = [piece for file in old for piece in pieces_of(file) if piece.part.key not in keys]
        merge = partial(merge_files, self._ports.stage, self._ports.ledger, log, number, strict=False)
        try:
            return merge(pack((replace(each, order=_as_it_lies(each)) for each in pieces), TARGET_BYTES))
        except PermanentError:  # a column may have several types while `schema set` goes on: each file keeps its own
            return merge([tuple(some) for _, some in groupby(pieces, lambda each: each.slice.key)])


def _as_it_lies(piece: Piece) -> tuple[str, int]:
    return piece.slice.key, piece.slice.first
