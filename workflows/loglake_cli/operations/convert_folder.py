"""Converts existing objects with logs to a table, without workflow and ledger."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Callable

from loglake.core.format_share import MIN_READ_RATIO
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.schema.dataset_checks import DEFINED, one_of
from loglake.core.schema.datasets import FORMATS, OMIT, PARTITION_BY, Dataset, Datasets, entry_to_add
from loglake.core.schema.format_choice import AUTO
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError
from loglake.pipelines.folder_convert.bundles import FolderRequest, OwnTransform
from loglake.pipelines.folder_convert.job import FolderRun, begin
from loglake.pipelines.folder_convert.preparing import Prepared, foresee, prepare
from loglake.pipelines.folder_convert.report import FolderReport
from loglake.pipelines.folder_convert.source_listing import Source
from loglake.pool.convert_stage import pool_stage
from loglake_cli.local.inputs.timezones import check_timezone
from loglake_cli.operations.tables.locations import Place, open_part, open_place, open_source, parse_place, usable
from loglake_cli.wording import counted

ENGINES = ("pool", "spark")
"""What runs the kernels: processes of this machine, or Spark, also on a cluster."""


@dataclass(frozen=True)
class ConvertCommand:
    """The options of the command; None if not given.

    Attributes:
        source: the folder or S3 prefix of the objects, or one file.
        output: the place of the table's folder, which may not exist yet.
        datasets: a datasets file that says how the log group is read; what the command says itself goes before.
        engine: one of `ENGINES`.
        master: of Spark, such as ``spark://host:7077``; None: Spark on this machine.
        workers: the most processes of the pool; None: one for each core.
        accept_corrupt: events of gzip members that fail their checks become rows.
        dry_run: nothing is written.
    """

    source: str
    output: str
    table: str | None = None
    log_group: str | None = None
    format: str = "auto"
    partition_by: str | None = None
    timezone: str = ""
    min_read_ratio: float = MIN_READ_RATIO
    datasets: Path | None = None
    engine: str = ENGINES[0]
    master: str | None = None
    workers: int | None = None
    accept_corrupt: bool = False
    dry_run: bool = False


def run(command: ConvertCommand, say: Callable[[str], None], part: Callable[[int, int], None]) -> FolderReport:
    """Converts, with processes on this machine, or with Spark; in a dry run, says what would be converted.

    Args:
        command: what to do.
        say: called with the current step, in a few words.
        part: called with the converted bytes and all bytes.

    Raises:
        ConfigError: the options can't be met; nothing was done.
        LoglakeError: the work failed.
    """
    source, output = parse_place(command.source), parse_place(command.output)
    request = read_request(command, source)
    check_engine(command)
    check_places(source, output, request.table)
    say(f"Looking at {source}")
    with usable(source, output):
        prepared = prepare(
            Source(open_source(source), source.folder.root, source.folder.prefix),
            open_place(str(output)),
            request,
            dry_run=command.dry_run,
        )
        if not prepared.pending.objects:
            return prepared.report()
        staging = f"{output}/_staging/{request.table}"
        if command.dry_run:
            say(f"Looking at a sample of {counted(prepared.pending.objects, 'object')}")
            with _stage(command, source.folder.root, staging, prepared, lambda _: None) as stage:
                return foresee(prepared, stage)
        started = begin(prepared)
    say(f"Converting {counted(prepared.pending.objects, 'object')}")
    far = _Far(part)
    with (
        _interruption_told(started, f"{output}/{request.table}"),
        _stage(command, source.folder.root, staging, prepared, far.read) as stage,
    ):
        return started.convert(stage, far.ended)


class _Far:
    """How far a conversion is: the bytes of objects that are done, or of those that are read, which may be one."""

    def __init__(self, part: Callable[[int, int], None]) -> None:
        self._part = part
        self._done = self._read = self._of = 0

    def ended(self, done: int, of: int) -> None:
        """So many bytes are done, of so many."""
        self._done, self._of = done, of
        self._part(min(of, max(done, self._read)), of)

    def read(self, size_bytes: int) -> None:
        """A process has read so many bytes more."""
        self._read += size_bytes
        self.ended(self._done, self._of)


@contextmanager
def _stage(
    command: ConvertCommand, source: str, staging: str, prepared: Prepared, on_read: Callable[[int], None]
) -> Iterator[ConvertStage]:
    pandas = bool(prepared.request.transform and prepared.request.transform.name)
    key = prepared.request.redact.key if prepared.request.redact else b""
    if command.engine != "spark":
        with pool_stage(
            partial(open_part, source),
            source,
            staging,
            command.workers,
            pandas=pandas,
            redact_key=key,
            on_read=on_read,
        ) as stage:
            stage.start(prepared.pending.objects)
            yield stage
        return
    from loglake.spark.convert_stage import SparkConvertStage
    from loglake.spark.own_context import own_context

    with own_context("loglake convert", command.master) as context:
        yield SparkConvertStage(
            lambda: context, partial(open_part, source), source, staging, pandas=pandas, redact_key=key
        )


def check_engine(command: ConvertCommand) -> None:
    """Raises ConfigError where the options of the engine don't go together."""
    engine, workers = command.engine, command.workers
    if engine not in ENGINES:
        raise ConfigError(f"--engine takes {' or '.join(ENGINES)}, not {engine}.")
    if workers is not None and workers < 1:
        raise ConfigError(f"--workers takes a number from 1 on, not {workers}.")
    if engine != "spark" and command.master:
        raise ConfigError("--master is for Spark: add --engine spark.")
    if engine == "spark" and workers:
        raise ConfigError(f"--workers is for the pool: say --master 'local[{workers}]' in its place.")


def read_request(command: ConvertCommand, source: Place) -> FolderRequest:
    """The parsed options. Raises ConfigError, naming the option that is wrong."""
    log_group = source.name if command.log_group is None else command.log_group
    if not log_group.strip():
        raise ConfigError("--log-group needs the name of the log group that the objects were exported from.")
    if command.format in DEFINED or command.format.endswith(".toml"):
        raise ConfigError(
            f"--format {command.format} is defined in a datasets file: `loglake formats try` tries it, and prints the "
            "entry to put there; then give --datasets FILE in its place."
        )
    one_of("--format", command.format, FORMATS)
    if command.partition_by not in {None, *PARTITION_BY}:
        raise ConfigError(f"--partition-by takes {' or '.join(PARTITION_BY)}, not {command.partition_by}.")
    if not 0 <= command.min_read_ratio <= 1:
        raise ConfigError(f"--min-read-ratio takes a number from 0 to 1, not {command.min_read_ratio}.")
    dataset, transform = _dataset(command.datasets, log_group)
    table = replace(dataset, table=command.table or dataset.table).table_for(log_group)
    if table.startswith("_"):
        raise ConfigError(f"--table {table}: readers skip folders with names that begin with _: take another name.")
    return FolderRequest(
        table,
        LogGroupName(log_group),
        dataset.format if command.format == AUTO else command.format,
        command.partition_by or (dataset.partition_by if command.datasets else None),
        regroup=command.log_group is not None,
        timezone=check_timezone(command.timezone or dataset.timezone),
        min_read_ratio=command.min_read_ratio,
        types=dataset.types,
        pattern=dataset.pattern,
        fields=dataset.fields,
        event_start=dataset.multi_line_start_pattern,
        transform=transform,
        contract=dataset.schema if command.datasets else None,
        accept_corrupt=command.accept_corrupt,
        omits_raw=dataset.raw == OMIT if command.datasets else None,
        find_by=dataset.find_by,
        redact=dataset.redact if command.datasets else None,
    )


def _dataset(path: Path | None, log_group: str) -> tuple[Dataset, OwnTransform | None]:
    """The dataset of a log group, and its transformation."""
    if path is None:
        return Dataset((log_group,)), None
    from loglake_cli.deploy.artifacts import read_datasets  # noqa: PLC0415  (what builds wheels, and the formats)
    from loglake_cli.deploy.packaged_files import own_code  # noqa: PLC0415
    from loglake_cli.deploy.redact_key import keyed_here  # noqa: PLC0415

    datasets = read_datasets(path)
    found = datasets.find(log_group)
    if found is None:
        raise ConfigError(
            f"no dataset matches the log group {log_group}: {entry_to_add(log_group, file=str(path))}, or name another "
            "one by --log-group."
        )
    found = keyed_here(found, datasets)
    if not found.transform:
        return found, OwnTransform()
    folder = path.absolute().parent
    code = own_code(Datasets((found,)), folder)
    return found, OwnTransform(found.transform, str(folder), code.sha256[:16] if code else "")


def check_places(source: Place, output: Place, table: str) -> None:
    """Raises ConfigError if input and output are not folders, or if one would spoil the other."""
    if not source.is_s3 and not source.is_file and not Path(source.root).is_dir():
        if Path(source.root).exists():
            raise ConfigError(f"{source} is neither a folder nor a regular file: give a copy of what it holds.")
        raise ConfigError(f"There is no folder or file {source}: give the one that holds the logs.")
    there = next(path for path in (Path(output.root), *Path(output.root).parents) if path.exists())
    if not output.is_s3 and not there.is_dir():
        raise ConfigError(f"{there} is a file: give a folder as OUTPUT, or a path where nothing is yet.")
    if output.below(source) is not None:
        raise ConfigError(
            f"OUTPUT {output} lies in INPUT, so a next run would take tables for exported objects: give another folder."
        )
    inside = (source.below(output) or "").split("/")[0]
    if inside == table or inside.startswith("_"):
        raise ConfigError(f"INPUT {source} lies where OUTPUT has its own files: give another folder.")


@contextmanager
def _interruption_told(started: FolderRun, table: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        said = (
            f"{table} has a part of what was converted: run the command again, which completes it"
            if started.committing
            else f"nothing was changed in {table}: run the command again to convert"
        )
        print(f"loglake: {said}", file=sys.stderr)
        raise
