"""Ledger, buckets and catalog of a deployment or a kept local run, for reading."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Callable, NamedTuple, Union

from athena_duckdb.bucket_folders import bucket_folder
from athena_duckdb.catalog_file import CATALOG
from gluelocal.kept.keep import KEYS
from loglake.aws.faults import translated
from loglake.aws.ledger_rows import LedgerContents
from loglake.core.ports.objects import ObjectStore
from loglake.errors import ConfigError, NotFoundError
from loglake_cli.folders.folder_store import FolderStore
from loglake_cli.local.kept_ledger import kept_contents
from loglake_cli.operations.deployment import Deployment, StoredState

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
    """What a deployment or a kept local run has.

    Attributes:
        changes: jobs and crawls may change it meanwhile; False for a kept local run.
    """

    ledger: KnownState
    control: ObjectStore
    raw: ObjectStore
    lake: ObjectStore
    catalog: Catalog | None = None
    changes: bool = True


def deployed_evidence(deployment: Deployment) -> Evidence:
    """What a deployment has."""
    return Evidence(
        deployment.ledger,
        deployment.control,
        deployment.raw,
        deployment.lake,
        None
        if deployment.glue is None
        else Catalog(
            partial(read_table, deployment.glue, deployment.database),
            cache(partial(_read_tables, deployment.glue, deployment.database)),
        ),
        changes=deployment.tasks is not None,
    )


def kept_evidence(keep: Path) -> Evidence:
    """What a kept local run has; nothing is started for it.

    Raises:
        ConfigError: there is no kept run.
    """
    contents = kept_contents(keep)
    entries = json.loads((keep / CATALOG).read_text(encoding="utf-8"))
    control, raw, lake = (kept_store(keep, name) for name in ("control", "raw", "lake"))
    catalog = Catalog(partial(_kept_table, entries), lambda: entries["tables"])
    return Evidence(contents, control, raw, lake, catalog, changes=False)


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
