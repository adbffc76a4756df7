"""Few large files of a run: what its bundles wrote into a partition becomes one, because a query pays for each file.

Bundles are small enough for all cores. When they are converted, those that follow each other become a unit: the journal
has it as one bundle, and it has one file in each partition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from loglake.core.compaction.decision import Merge, MergeFailure, MergeOutput, Slice
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.schema.conversion import BundleResult, StagedFile
from loglake.core.schema.schema import TableSchema
from loglake.core.units import MS_PER_DAY
from loglake.errors import ServiceError
from loglake.pipelines.folder_convert.bundles import PlannedBundle, Unit

UNIT_BYTES = 128 * 1024 * 1024
"""A unit has at least so many bytes of Parquet, if the run has: large files, but no more than needed."""


def units_of(converted: Sequence[tuple[PlannedBundle, BundleResult]]) -> list[Unit]:
    """Bundles that become one, in their order.

    One that replaces an earlier one stays alone. So does one with a log file that was changed in the last day before
    the newest one: if it grows, all objects of its unit are converted again, and others may be gone by then.
    """
    changed = {planned.bundle.number: _changed_ms(planned) for planned, _ in converted}
    growing_ms = max(changed.values(), default=0) - MS_PER_DAY
    alone, units = list[Unit](), list[Unit]()
    for each in converted:
        if each[0].replaces or changed[each[0].bundle.number] > max(growing_ms, 0):
            alone.append([each])
        elif units and _size(units[-1]) < UNIT_BYTES:
            units[-1] = [*units[-1], each]
        else:
            units.append([each])
    if len(units) > 1 and _size(units[-1]) < UNIT_BYTES:
        units[-2:] = [[*units[-2], *units[-1]]]
    return alone + units


def _changed_ms(planned: PlannedBundle) -> int:
    """When its newest log file was changed; 0 if CloudWatch or a service wrote all of its objects."""
    return max(raw.changed_ms for raw in planned.bundle.objects)


def _size(unit: Unit) -> int:
    return sum(each.size_bytes for _, result in unit for each in result.files if each.partition)


def joined_files(
    staged: Sequence[Sequence[StagedFile]], stage: ConvertStage, schema: TableSchema, folder: str
) -> list[list[StagedFile]]:
    """The files of each unit, one in each partition.

    Args:
        staged: the files of each unit, as they were staged.
        stage: joins them.
        schema: of the table.
        folder: where in staging.

    Raises:
        TransientError: it failed.
    """
    found: dict[tuple[int, str], list[StagedFile]] = defaultdict(list)
    for number, files in enumerate(staged):
        for each in files:
            found[number, each.partition].append(each)
    outputs = {
        (number, partition): MergeOutput(f"{folder}{number}/{partition}.parquet", tuple(map(_whole, files)))
        for (number, partition), files in found.items()
        if partition and len(files) > 1
    }
    answers = stage.merge([Merge(schema, (output,), joins=True) for output in outputs.values()])
    for ((number, partition), output), answer in zip(outputs.items(), answers, strict=True):
        if isinstance(answer, MergeFailure):
            raise ServiceError(f"Files of {partition} could not be joined: {answer.reason}")
        found[number, partition] = [
            StagedFile(output.staged_key, "", made.rows, made.size_bytes, partition, made.sha256) for made in answer
        ]
    return [
        [each for (unit, _), files in found.items() if unit == number for each in files]
        for number in range(len(staged))
    ]


def _whole(file: StagedFile) -> Slice:
    return Slice(file.staged_key, 0, file.rows, file.rows)
