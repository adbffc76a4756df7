"""What a folder conversion has to do: the source and the output are read, and its settings checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.schema import TableSchema
from loglake.errors import ConfigError
from loglake.pipelines.folder_convert.bundles import FolderRequest, plan_bundles
from loglake.pipelines.folder_convert.incremental import Pending, pending_objects
from loglake.pipelines.folder_convert.journal import TableJournal, TableRecord
from loglake.pipelines.folder_convert.report import FolderReport
from loglake.pipelines.folder_convert.schemas import StoredSchemas
from loglake.pipelines.folder_convert.source_listing import Source, SourceObject, list_objects
from loglake.pipelines.schema_plan import plan_tables


@dataclass(frozen=True)
class Prepared:
    """A conversion that can be run.

    Attributes:
        copies: objects that exist twice, in different folders.
        skipped: what objects are that are not logs, by their keys.
    """

    output: ObjectStore
    request: FolderRequest
    partition_by: str
    record: TableRecord
    pending: Pending
    copies: int
    skipped: Mapping[str, str]

    def report(self) -> FolderReport:
        """A run's report before it does anything."""
        return FolderReport(
            self.request.table,
            self.request.log_group,
            self.pending.done,
            self.copies,
            failed=self.pending.left,
            quarantined_before=self.pending.quarantined,
            skipped=self.skipped,
        )


def prepare(source: Source, output: ObjectStore, request: FolderRequest, *, dry_run: bool = False) -> Prepared:
    """Reads source and output, and completes what a killed run committed, unless it is a dry run.

    Raises:
        ConfigError: the source or the output does not allow it; the message says what to do.
        NotFoundError: there is no such bucket.
        AccessDeniedError: the source or the output can't be read.
    """
    found, copies = list_objects(source)
    journal = TableJournal(output, request.table)
    record = journal.read()
    if record.newest and not dry_run:
        journal.complete(record.newest)
    files = journal.sizes()
    partition_by = _partitioning(request, record, files)
    _check_settings(request, record)
    pending = pending_objects(found, record.bundles, request, files)
    skipped = _no_logs(source, pending.fresh)
    pending = replace(pending, fresh=tuple(each for each in pending.fresh if each.raw.key not in skipped))
    return Prepared(output, request, partition_by, record, pending, copies, skipped)


def foresee(prepared: Prepared, stage: ConvertStage) -> FolderReport:
    """What a run would do, from a sample of its objects: their number, the formats and the columns. Writes nothing.

    Raises:
        TransientError: no sample could be taken.
    """
    pending, request = prepared.pending, prepared.request
    planned = plan_bundles(
        pending.fresh, pending.again, request, prepared.partition_by, begun=0, tasks_at_once=stage.tasks_at_once
    )
    plans, failures = plan_tables(stage, _Unpublished(prepared.output), [each.bundle for each in planned])
    plan, report = plans[request.table], prepared.report()
    return replace(
        report,
        objects=pending.objects,
        format=plan.format,
        also=plan.also,
        columns={column.name: column.type.value for column in plan.schema.columns},
        failed=(*report.failed, *(failure.reason for failure in failures)),
    )


class _Unpublished(StoredSchemas):
    """The schemas of an output, for a dry run."""

    def publish(self, schema: TableSchema) -> None:
        """Adds nothing."""


def _no_logs(source: Source, found: Iterable[SourceObject]) -> dict[str, str]:
    """What objects of a folder are that are not logs, by their keys.

    In a bucket nobody looks: it takes a request per object. There the conversion finds them, and they are quarantined.
    """
    plain = [each.raw for each in found if each.raw.changed_ms and not source.root.startswith("s3://")]
    if not plain:
        return {}
    from loglake.kernels.readers.raw_objects import why_no_object  # noqa: PLC0415  (pyarrow)

    return {raw.key: why for raw in plain if (why := why_no_object(raw, source.store))}


def _check_settings(request: FolderRequest, record: TableRecord) -> None:
    """Refuses to convert a log group without its transformation, its schema setting, or what hides personal data.

    All are in a datasets file: if a call leaves it out, new rows would differ, or bring columns that stay for good.
    """
    earlier = [each for each in record.bundles.values() if each.log_group == request.log_group]
    transform = next((each.transform for each in earlier if each.transform), "").partition("@")[0]
    contract = next((each.contract for each in earlier if each.contract), "")
    if transform and request.transform is None:
        how = f"went through the transformation {transform}"
    elif contract and request.contract is None:
        how = f"have the schema setting {contract}"
    elif request.redact is None and any(each.redact for each in earlier):
        how = "have personal data hidden by redact"
    else:
        return
    raise ConfigError(
        f"Rows of {request.log_group} in table {request.table} {how}: name its datasets file by --datasets, or give "
        "another --table or OUTPUT."
    )


def _partitioning(request: FolderRequest, record: TableRecord, files: Collection[str]) -> str:
    if record.newest is None:
        foreign = [key for key in files if key.startswith(f"{request.table}/")]
        if foreign:
            raise ConfigError(
                f"The output has {min(foreign)}, which no run of this command wrote: give another --table or OUTPUT."
            )
        return request.partition_by or "day"
    has = record.newest.partition_by
    if request.partition_by not in {None, has}:
        raise ConfigError(
            f"Table {request.table} is partitioned by {has}, which can't be changed: leave --partition-by out, or give "
            "another --table or OUTPUT."
        )
    return has
