"""Merges the many small files of a settled partition into few; rows stay the same, and are counted.

Each window has its own files, so a table with 500 log groups gets 500 small files a day. When nothing is due for them
any more, they are merged, in the order of (log group, window). One partition at a time:

1. The next number of the partition's log is reserved, and then the partition is listed.
2. Files qualify if their generation is the current one of their window and no attempt is under way. That stays true:
   their commit was fully applied, and whatever replaces them goes through `row_deletion`.
3. They are merged into staging, and each result has to have the rows of its parts.
4. The decision is written with ``If-None-Match: *``. If the number was aborted or taken meanwhile, nothing happens.
5. It is applied: copies, then the removal of the merged files, then staging is emptied.

A run that is killed before 4 leaves files in staging and a reservation: the next check aborts the number, and empties
it. A run that is killed later has decided, and the next check, or the next commit in its way, applies the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from loglake.core.cloud_types import ObjectInfo
from loglake.core.compaction.decision import (
    Decision,
    Merge,
    MergeFailure,
    MergeOutput,
    Part,
    Piece,
    SharedFile,
    Slice,
    pack,
)
from loglake.core.compaction.keys import Place, decision_of_shared, is_compacted, parse_table_file, place_of
from loglake.core.ledger.manifest import Manifest
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.ports.ledger import ConvertLedger, SchemaRegistry
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.conversion import StagedFile
from loglake.core.unreadable import UnreadableItem, unreadable
from loglake.errors import CompactionOvertakenError, NotFoundError, PermanentError, UnbalancedError, UnreadableItemError
from loglake.pipelines.commit.decisions import Decisions
from loglake.pipelines.compaction.eligibility import TARGET_BYTES, Compactable
from loglake.pipelines.compaction.log import CompactionLog, LogState
from loglake.pipelines.side_by_side import for_each

MOST_BYTES = 4 * 1024 * 1024 * 1024
"""The most that one step merges; more is done step by step."""


@dataclass(frozen=True)
class Compacted:
    """The result of one step on a partition: files before and after, and their rows."""

    files_before: int
    files_after: int
    rows: int


class PartitionCompactor:
    """Compacts partitions, step by step.

    Attributes:
        unreadable: manifests and rows that can't be read, by their keys; their files stay as they are.
    """

    def __init__(
        self, lake: ObjectStore, ledger: ConvertLedger, stage: ConvertStage, decisions: Decisions, owner: str
    ) -> None:
        self._lake = lake
        self._decisions = decisions
        self._ledger = ledger
        self._stage = stage
        self._owner = owner
        self.unreadable: dict[str, UnreadableItem] = {}
        self._known: dict[str, Mapping[str, SharedFile]] = {}

    def tidy(self, place: Place) -> None:
        """Completes what a dead run began in a partition, and removes what it left in staging."""
        log = CompactionLog(self._lake, place, self._owner)
        try:
            state = log.read()
            if log.last_staged() >= state.next:
                log.abort(state.next, "the run that staged files for it has gone silent")
                state = log.read()
            if state.live:
                log.apply(state.live)
            log.empty_staging(state.next - 1)
        except CompactionOvertakenError:
            return  # so another run is at it

    def step(self, place: Place, compactable: Compactable) -> Compacted | None:
        """Merges files of a partition once; None if there is nothing to do.

        Raises:
            PermanentError: a compacted file is gone.
            PermanentError: the files can't be merged.
        """
        log = CompactionLog(self._lake, place, self._owner)
        try:
            state = log.read()
            if state.live:
                log.apply(state.live)
            log.reserve(state.next)
            pieces = self._pieces(place, state.live, compactable)
            return self._merge(log, state, pieces) if len(_sources(pieces)) > 1 else None
        except CompactionOvertakenError:
            return None  # another run has its files now

    def _pieces(self, place: Place, live: Decision | None, compactable: Compactable) -> list[Piece]:
        """The files to merge, whole, up to a size."""
        chosen = compactable.choose(list(self._lake.list(place.prefix)))
        live_files = {file.final_key: file for file in (live.files if live else ())}
        files = for_each(self._loose, [item for item in chosen if not is_compacted(item.key)])
        files += [_compacted(live_files[item.key], compactable) for item in chosen if item.key in live_files]
        taken: list[Piece] = []
        size = 0
        for pieces in sorted((each for each in files if each), key=lambda each: each[0].order):
            size += sum(piece.size_bytes for piece in pieces)
            if size > MOST_BYTES:
                break
            taken += pieces
        return taken

    def parts_of(self, key: str) -> Sequence[Part]:
        """What windows have in a file that they share; nothing if that can't be read."""
        place = place_of(key)
        try:
            file = self._files_of(place.table, decision_of_shared(key)).get(key) if place else None
        except UnreadableItemError as error:
            self.unreadable[error.key] = unreadable(error)
            return ()
        return file.parts if file else ()

    def _loose(self, item: ObjectInfo) -> list[Piece]:
        """The pieces of a file whose commits are applied and still count; none if that can't be read."""
        alone, place = parse_table_file(item.key), place_of(item.key)
        decision = alone.decision if alone else decision_of_shared(item.key)
        try:
            file = self._files_of(place.table, decision).get(item.key) if place else None
            if file is None or not all(map(self._stands, file.parts)):
                return []
        except UnreadableItemError as error:
            self.unreadable[error.key] = unreadable(error)
            return []
        return pieces_of(file)

    def _stands(self, part: Part) -> bool:
        file = parse_table_file(part.key)
        try:
            row = self._ledger.row(part.log_group, file.window) if file else None
        except NotFoundError:
            return False
        return bool(file and row and row.live and not row.attempt and row.live.generation == file.generation)

    def _files_of(self, table: str, decision: str) -> Mapping[str, SharedFile]:
        """The files of a decision, each with whose rows it has; none if it is gone."""
        if decision not in self._known:
            batch = self._decisions.find(table, decision)
            shared = batch.shared_files if batch else ()
            alone = (_alone(staged, each) for each in (batch.windows if batch else ()) for staged in each.files)
            self._known[decision] = {file.final_key: file for file in (*alone, *shared)}
        return self._known[decision]

    def _merge(self, log: CompactionLog, state: LogState, pieces: Sequence[Piece]) -> Compacted | None:
        files, sources = pack(pieces, TARGET_BYTES), _sources(pieces)
        if len(files) >= len(sources):
            return None
        new = merge_files(self._stage, self._ledger, log, state.next, files, strict=True)
        before = state.live.files if state.live else ()
        kept = [replace(file, staged_key="") for file in before if file.final_key not in sources]
        decision = Decision(log.place, state.next, self._owner, (*kept, *new), tuple(sources))
        if not log.decide(decision):
            log.discard(file.staged_key for file in new)
            return None
        log.apply(decision)
        return Compacted(len(sources), len(new), sum(file.rows for file in new))


def _alone(staged: StagedFile, manifest: Manifest) -> SharedFile:
    part = Part(staged.final_key, manifest.log_group, staged.rows)
    return SharedFile("", staged.final_key, staged.size_bytes, (part,), staged.sha256)


def _sources(pieces: Iterable[Piece]) -> list[str]:
    """The files that pieces are in."""
    return list(dict.fromkeys(piece.slice.key for piece in pieces))


def _compacted(file: SharedFile, compactable: Compactable) -> list[Piece]:
    """The pieces of a compacted file; none if it is about to be rewritten anyway."""
    if not compactable.are_final(file.parts):
        return []
    return pieces_of(file)


def pieces_of(file: SharedFile) -> list[Piece]:
    """What windows have in a file, in row order."""
    return [_piece(part, rows, file.size_bytes) for part, rows in file.slices()]


def _piece(part: Part, rows: Slice, size_bytes: int) -> Piece:
    file = parse_table_file(part.key)
    order = (part.log_group, file.window, file.generation, file.bundle) if file else (part.log_group,)
    return Piece(order, part, rows, size_bytes * rows.rows // max(rows.total, 1))


def merge_files(
    stage: ConvertStage,
    registry: SchemaRegistry,
    log: CompactionLog,
    number: int,
    wanted: Sequence[Sequence[Piece]],
    *,
    strict: bool,
) -> list[SharedFile]:
    """Staged files, each with exactly its rows. If anything goes wrong, none is left in staging.

    Args:
        stage: merges them.
        registry: has the schema of the table.
        log: of the partition.
        number: which they are to be decided under.
        wanted: the planned content of each file.
        strict: whether a column with values of another type than the schema's is refused.

    Raises:
        CompactionOvertakenError: another run has decided under the number.
        UnbalancedError: a file has other rows than it should have: a bug.
        PermanentError: they can't be made.
    """
    staged = [
        MergeOutput(log.place.staged(number, log.owner, count), tuple(piece.slice for piece in pieces))
        for count, pieces in enumerate(wanted)
    ]
    schema = registry.latest(log.place.table)
    answers = stage.merge([Merge(schema, (output,), strict) for output in staged])
    failed = next((answer.reason for answer in answers if isinstance(answer, MergeFailure)), "")
    made = [file for answer in answers if not isinstance(answer, MergeFailure) for file in answer]
    if failed:
        log.discard(output.staged_key for output in staged)
        if log.read().next != number:
            raise CompactionOvertakenError(failed)  # the unreadable file was removed meanwhile
        raise PermanentError(f"the files of {log.place.prefix} stay as they are: {failed}")
    files = [
        SharedFile(
            output.staged_key,
            log.place.file(number, count),
            file.size_bytes,
            tuple(piece.part for piece in pieces),
            file.sha256,
        )
        for count, (output, file, pieces) in enumerate(zip(staged, made, wanted))
    ]
    if [file.rows for file in files] != [file.rows for file in made]:
        log.discard(output.staged_key for output in staged)
        raise UnbalancedError(
            f"{log.place.prefix}: files of {[file.rows for file in files]} rows became "
            f"{[file.rows for file in made]}; nothing was changed"
        )
    return files
