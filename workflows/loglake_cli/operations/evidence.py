"""Ledger, buckets and catalog of a deployment or a kept local run, for reading."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Callable, NamedTuple, Protocol, Union

from athena_duckdb.bucket_folders import bucket_folder
from athena_duckdb.catalog_file import CATALOG
from gluelocal.kept.keep import KEYS
from gluelocal.kept.restore import kept_runs
from loglake.aws.faults import translated
from loglake.aws.ledger_rows import LedgerContents
from loglake.aws.system_clock import SystemClock
from loglake.core.catalog_gaps import CatalogGap
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ports.clock import Clock
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.ports.ledger import LandedObjects, Ledger, SchemaHistory
from loglake.core.ports.objects import ObjectStore
from loglake.core.run.outcome import RunNote
from loglake.core.state_items import CATALOG_GAP, KINDS, RUN, StateItems, StateKind, values
from loglake.core.units import LogGroupName
from loglake.errors import AccessDeniedError, ConfigError, NotFoundError, UnreadableItemError
from loglake_cli.folders.folder_store import FolderStore
from loglake_cli.local.kept_ledger import kept_contents
from loglake_cli.operations.jobs import JobRun, JobSettings, kept_settings, last_runs, with_unnoted


class StoredState(Ledger, SchemaHistory, LandedObjects, StateItems, Protocol):
    """The contents of the ledger's table."""


KnownState = Union[StoredState, LedgerContents]
"""The ledger's table, to be read: a deployment's, or what a local run kept of it."""


@dataclass(frozen=True)
class CatalogTable:
    """A table of the catalog as the Glue API gives it, with its partitions by their folder, ``dt=2026-11-21``."""

    entry: Mapping[str, Any]
    partitions: Mapping[str, Mapping[str, Any]]


class Catalog(NamedTuple):
    """The catalog's database, for reading.

    Attributes:
        table: returns a table; None if there is none of this name.
        tables: all entries of tables, without their partitions.
    """

    table: Callable[[str], CatalogTable | None]
    tables: Callable[[], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True)
class Evidence:
    """What a deployment or a kept local run has, to be read.

    Attributes:
        glue: a client of the Data Catalog with `database`; None for a kept local run.
        tasks: CloudWatch Logs; None for a kept local run, which keeps no log groups.
        ended_runs: reads the last run of each job from Glue.
        settings: reads the settings of the export job.
        keep: the folder of a kept local run.
    """

    ledger: KnownState
    control: ObjectStore
    raw: ObjectStore
    lake: ObjectStore
    glue: Any
    database: str
    clock: Clock
    tasks: ExportTasks | None = None
    ended_runs: Callable[[], Sequence[JobRun]] = tuple
    settings: Callable[[], JobSettings] = JobSettings
    keep: Path | None = None

    @property
    def changes(self) -> bool:
        """Whether jobs and crawls may change it meanwhile: not in a kept local run."""
        return self.tasks is not None

    @cached_property
    def catalog(self) -> Catalog | None:
        """Its catalog, if it has one."""
        if self.keep:
            entries = json.loads((self.keep / CATALOG).read_text(encoding="utf-8"))
            return Catalog(partial(_kept_table, entries), lambda: entries["tables"])
        if self.glue is None:
            return None
        where = (self.glue, self.database)
        return Catalog(partial(read_table, *where), cache(partial(_read_tables, *where)))

    def open_gaps(self) -> list[CatalogGap]:
        """What the catalog lacks, by the notes of jobs."""
        return [gap for gap in values(self.ledger, CATALOG_GAP).values() if gap.missing]

    def log_group_names(self) -> set[LogGroupName] | None:
        """The names of the log groups; None if none are kept, or if they may not be listed."""
        if self.tasks is None:
            return None
        try:
            return {group.name for group in self.tasks.log_groups()}
        except AccessDeniedError:
            return None

    def runs(self) -> tuple[RunNote, ...]:
        """How the last run of each job went, even if it could not note it."""
        return with_unnoted(values(self.ledger, RUN).values(), self.ended_runs())

    def landed(self) -> Iterator[LandedObject]:
        """The landed objects about which something is left to do, without unreadable ones that were deleted since."""
        for each in self.ledger.landed_objects(lasting=True):
            if each.state is not LandedState.FAILED or self.raw.exists(each.key):
                yield each

    def load(self, tables: Iterable[str], kinds: Iterable[StateKind[Any]] = KINDS) -> None:
        """Reads notes, and the schemas of tables, so that the ledger knows which of them can't be read."""
        for kind in kinds:
            self.ledger.load_all(kind)
        for table in sorted({*tables} - {""}):
            with suppress(UnreadableItemError):  # the ledger reports it
                self.ledger.history(table)


def kept_evidence(keep: Path) -> Evidence:
    """What a kept local run has; nothing is started for it.

    Raises:
        ConfigError: there is no kept run.
    """
    contents = kept_contents(keep)
    control, raw, lake = (kept_store(keep, name) for name in ("control", "raw", "lake"))
    return Evidence(
        contents,
        control,
        raw,
        lake,
        None,
        "",
        SystemClock(),
        ended_runs=partial(last_runs, kept_runs(keep)),
        settings=partial(kept_settings, keep),
        keep=keep,
    )


def read_table(glue: Any, database: str, table: str) -> CatalogTable | None:
    """A table of the Data Catalog with its partitions."""
    where = {"DatabaseName": database}
    try:
        with translated("glue:GetTable", table):
            entry = glue.get_table(**where, Name=table)["Table"]
    except NotFoundError:
        return None
    with translated("glue:GetPartitions", table):
        pages = glue.get_paginator("get_partitions").paginate(**where, TableName=table)
        return _catalog_table(entry, [partition for page in pages for partition in page["Partitions"]])


def _read_tables(glue: Any, database: str) -> list[Mapping[str, Any]]:
    """The tables of a database; none if somebody deleted it."""
    try:
        with translated("glue:GetTables", database):
            pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
            return [table for page in pages for table in page["TableList"]]
    except NotFoundError:
        return []


def _kept_table(entries: Mapping[str, list[Any]], table: str) -> CatalogTable | None:
    found = next((entry for entry in entries["tables"] if entry["Name"] == table), None)
    if found is None:
        return None
    own = (found["DatabaseName"], table)
    return _catalog_table(found, [p for p in entries["partitions"] if (p["DatabaseName"], p["TableName"]) == own])


def _catalog_table(entry: Mapping[str, Any], partitions: Iterable[Mapping[str, Any]]) -> CatalogTable:
    keys = [key["Name"] for key in entry.get("PartitionKeys", [])]
    return CatalogTable(
        entry, {"/".join(f"{key}={value}" for key, value in zip(keys, each["Values"])): each for each in partitions}
    )


def kept_store(keep: Path, name: str) -> FolderStore:
    """A bucket of a kept run, by its name in the storage template: ``<prefix>-<name>-<account>-<region>``."""
    buckets = json.loads((keep / KEYS).read_text(encoding="utf-8"))
    found = [bucket for bucket in buckets if re.search(rf"-{name}-\d{{12}}-", bucket)]
    if len(found) != 1:
        raise ConfigError(f"the kept run has {len(found)} {name} buckets, and needs one: run `loglake local run` again")
    return FolderStore(bucket_folder(keep, found[0]))
