"""Removes the rows of superseded files from a table, even if a compaction has moved them to another file.

A file's final key identifies its rows for good. A compaction in another run may have merged the rows, may be about to,
or may begin at this very moment. `RowDeletion.remove` returns when none of the rows is in the table, and none can come
back:

1. It deletes the files themselves.
2. It reads the log of their partition, and aborts a number that a compaction has reserved: that run's listing may be
   older than step 1. A later reservation lists later, and finds no such file.
3. If the newest decision has such rows, it writes that decision's file again without them, as the next decision. If
   another run decides in between, it reads the log again.

So a compaction need not know what is about to be replaced, and a commit need not know what is being compacted. After a
crash the commit is rolled forward, and all of this is done again.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import replace

from loglake.core.compaction.decision import Decision
from loglake.core.compaction.keys import Place, parse_table_file, place_of
from loglake.errors import CompactionOvertakenError
from loglake.pipelines.compaction.compactor import merge_files
from loglake.pipelines.compaction.log import CompactionLog, LogState
from loglake.pipelines.ports import ConvertPorts

_WHY = "a commit replaces rows that were about to be compacted"


class RowDeletion:
    """Removes files of the lake's tables, and their rows in compacted files."""

    def __init__(self, ports: ConvertPorts, owner: str) -> None:
        self._ports = ports
        self._owner = owner
        self._locks: dict[Place, threading.Lock] = {}

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files by their final keys; a missing one is not an error.

        Raises:
            PermanentError: a compacted file with their rows is gone.
            UnbalancedError: it has other rows than it should have.
            PermanentError: it can't be read.
        """
        keys = list(keys)
        self._ports.lake.delete(keys)
        by_place: dict[Place, set[str]] = defaultdict(set)
        for key in keys:
            place = place_of(key)
            if place and parse_table_file(key):
                by_place[place].add(key)
        for place in sorted(by_place):
            log = CompactionLog(self._ports.lake, place, self._owner)
            with self._locks.setdefault(place, threading.Lock()):  # a run has one decision at a time in staging
                while not self._taken_out(log, by_place[place]):
                    continue  # another run decided in between: read again

    def _taken_out(self, log: CompactionLog, keys: Set[str]) -> bool:
        """Whether no compacted file has any of these rows; if not, takes one step towards that."""
        state = log.read()
        if state.reserved:
            log.abort(state.next, _WHY)
            return False
        if not state.live:
            return True
        try:
            log.apply(state.live)
            if not any(part.key in keys for file in state.live.files for part in file.parts):
                return True
            self._decide(log, state, state.live, keys)
        except CompactionOvertakenError:
            pass
        return False

    def _decide(self, log: CompactionLog, state: LogState, live: Decision, keys: Set[str]) -> None:
        """Decides on the same files without these rows."""
        old = [file for file in live.files if any(part.key in keys for part in file.parts)]
        kept = [replace(file, staged_key="") for file in live.files if file not in old]
        left = ([(part, rows) for part, rows in file.slices() if part.key not in keys] for file in old)
        tasks = [[rows] for rows in left if rows]
        new = merge_files(self._ports.stage, self._ports.ledger, log, state.next, tasks, strict=False)
        decision = Decision(log.place, state.next, self._owner, (*kept, *new), tuple(file.final_key for file in old))
        if log.decide(decision):
            log.apply(decision)
        else:
            log.discard(file.staged_key for file in new)
