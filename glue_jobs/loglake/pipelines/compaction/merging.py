"""Has files merged, and counts their rows before they are used."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from loglake.core.compaction.decision import CompactedFile, Merge, MergeFailure, MergeOutput, Part, Slice
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.ports.ledger import SchemaRegistry
from loglake.errors import CompactionOvertakenError, UnbalancedError, UnmergeableError
from loglake.pipelines.compaction.log import CompactionLog

Rows = Sequence["tuple[Part, Slice]"]
"""The planned content of a file: parts, and where the rows of each are now."""


def merge_files(
    stage: ConvertStage,
    registry: SchemaRegistry,
    log: CompactionLog,
    number: int,
    tasks: Sequence[Sequence[Rows]],
    *,
    strict: bool,
) -> list[CompactedFile]:
    """Staged files, each with exactly its rows. If anything goes wrong, none is left in staging.

    Args:
        stage: merges them.
        registry: has the schema of the table.
        log: of the partition.
        number: which they are to be decided under.
        tasks: the files of each.
        strict: whether a column with values of another type than the schema's is refused.

    Raises:
        CompactionOvertakenError: another run has decided under the number.
        UnbalancedError: a file has other rows than it should have: a bug.
        UnmergeableError: they can't be made.
    """
    wanted = [rows for task in tasks for rows in task]
    staged = [
        MergeOutput(log.place.staged(number, log.owner, count), tuple(slice_ for _, slice_ in rows))
        for count, rows in enumerate(wanted)
    ]
    outputs, schema = iter(staged), registry.latest(log.place.table)
    answers = stage.merge([Merge(schema, tuple(islice(outputs, len(task))), strict) for task in tasks])
    failed = next((answer.reason for answer in answers if isinstance(answer, MergeFailure)), "")
    made = [file for answer in answers if not isinstance(answer, MergeFailure) for file in answer]
    if failed:
        log.discard(output.staged_key for output in staged)
        if log.read().next != number:
            raise CompactionOvertakenError(failed)  # the unreadable file was removed meanwhile
        raise UnmergeableError(f"the files of {log.place.prefix} stay as they are: {failed}")
    files = [
        CompactedFile(
            output.staged_key,
            log.place.file(number, count),
            file.size_bytes,
            tuple(part for part, _ in rows),
            file.sha256,
        )
        for count, (output, file, rows) in enumerate(zip(staged, made, wanted))
    ]
    if [file.rows for file in files] != [file.rows for file in made]:
        log.discard(output.staged_key for output in staged)
        raise UnbalancedError(
            f"{log.place.prefix}: files of {[file.rows for file in files]} rows became "
            f"{[file.rows for file in made]}; nothing was changed"
        )
    return files
