"""Taking rows out of a table: files that a commit supersedes, wherever their rows lie by now.

The rows of a file are known by its final key for good. A compaction may have taken them into a file of its own, be
about to, or begin to at this very moment, in another run. `RowDeletion.remove` returns when none of them is a row any
more and none can become one again:

1. The files themselves are deleted.
2. Then the log of their partition is read. A number that a compaction has reserved is aborted: it may have looked
before
   1. One that reserves later looks later, and finds no such file.
3. Where the newest decision has rows of them, its file is written again without them, as the next decision. Whoever
   decides in between is read again.

So a compaction need not know who is about to replace what, nor a commit who compacts. A crash is no harm: the commit is
rolled forward, and all of this is done again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from loglake.core.compaction.decision import CompactedFile, Decision, Part, Slice
from loglake.core.compaction.keys import Place, parse_table_file, place_of
from loglake.core.ledger.row import UNDER_WAY, WindowState
from loglake.errors import CompactionOvertakenError
from loglake.pipelines.compaction.log import CompactionLog, LogState
from loglake.pipelines.compaction.merging import Merging, Rows

if TYPE_CHECKING:
    from loglake.core.ledger.row import LedgerRow
    from loglake.core.ports.convert_stage import ConvertStage
    from loglake.core.ports.ledger import Ledger
    from loglake.core.ports.objects import ObjectStore
    from loglake.core.ports.schemas import SchemaRegistry

_WHY = "a commit takes the place of rows that were about to be compacted"


class RowDeletion:
    """Removes files of the lake's tables, and what is compacted of them."""

    def __init__(
        self, lake: ObjectStore, ledger: Ledger, registry: SchemaRegistry, stage: ConvertStage, owner: str
    ) -> None:
        self._lake = lake
        self._ledger = ledger
        self._merging = Merging(stage, registry)
        self._owner = owner

    def remove(self, keys: Iterable[str]) -> None:
        """Removes files by their final keys; one that is not there, or no more, is no error.

        Raises:
            DamagedCompactionError: a compacted file that has rows of them is gone.
            UnbalancedError: it has other rows than it should have.
            UnmergeableError: it can't be read.
        """
        keys = list(keys)
        self._lake.delete(keys)
        by_place: dict[Place, set[str]] = defaultdict(set)
        for key in keys:
            place = place_of(key)
            if place and parse_table_file(key):
                by_place[place].add(key)
        for place in sorted(by_place):
            log = CompactionLog(self._lake, place, self._owner)
            while not self._taken_out(log, by_place[place]):
                continue  # somebody decided in between: read again

    def _taken_out(self, log: CompactionLog, keys: Set[str]) -> bool:
        """Whether nothing compacted has any of these rows; if not, one step was taken towards that."""
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
        """Decides that the files are as they are, without these rows."""
        old = [file for file in live.files if any(part.key in keys for part in file.parts)]
        kept = [replace(file, staged_key="") for file in live.files if file not in old]
        under_way = self._ledger.in_states(WindowState.PLANNED, *UNDER_WAY)  # as far as the index tells
        tasks = [share for share in (_shares(file, keys, under_way) for file in old) if share]
        new = self._merging.files(log, state.next, tasks, strict=False)
        supersedes = tuple(file.final_key for file in old)
        decision = Decision(log.place, state.next, self._owner, (*kept, *new), supersedes)
        if log.decide(decision):
            log.apply(decision)
        else:
            log.discard(file.staged_key for file in new)


def _shares(file: CompactedFile, keys: Set[str], under_way: Sequence[LedgerRow]) -> list[Rows]:
    """What becomes of a compacted file: one file of all that stays, and one for each part that is about to go too.

    Where a hundred log groups are converted again, the rows of all of them are parted with one writing, and not with a
    hundred.
    """
    rest: list[tuple[Part, Slice]] = []
    going: list[Rows] = []
    for part, rows in file.slices():
        if part.key in keys:
            continue
        if is_under_way(part, under_way):
            going.append([(part, rows)])
        else:
            rest.append((part, rows))
    return [rest, *going] if rest else going


def is_under_way(part: Part, rows: Iterable[LedgerRow]) -> bool:
    """Whether the window of a part, or a wider one, is one of these."""
    file = parse_table_file(part.key)
    return file is not None and any(row.log_group == part.log_group and row.window.holds(file.window) for row in rows)
