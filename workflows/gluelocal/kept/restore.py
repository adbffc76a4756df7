"""Loads a kept run into an embedded AWS, so that work can continue on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from athena_duckdb.bucket_folders import bucket_folder, files_below
from gluelocal.kept.keep import CATALOG, JOBS, KEYS, LEDGER, MARKER, RUNS, no_kept_run, read_kept
from loglake.aws.ledger_rows import LedgerContents
from loglake.core.unreadable import entries, parse

if TYPE_CHECKING:
    from gluelocal.cloud.events.eventbridge import Clients


def check_kept(directory: Path) -> None:
    """Raises ConfigError if a folder was not written by `keep.export_stack`."""
    if not all((directory / name).is_file() for name in (MARKER, CATALOG, LEDGER, KEYS)):
        raise no_kept_run(directory)


def restore_stack(clients: Clients, directory: Path) -> None:
    """Restores objects, catalog and ledger; buckets, database and ledger table must exist already.

    Raises:
        ConfigError: the folder has no kept run.
    """
    check_kept(directory)
    _restore_buckets(clients.client("s3"), directory)
    _restore_catalog(clients.client("glue"), read_kept(directory / CATALOG))
    dynamodb = clients.client("dynamodb")
    for table, items in _kept_items(directory).items():
        for item in items:
            dynamodb.put_item(TableName=table, Item=item)


def kept_contents(directory: Path) -> LedgerContents:
    """The kept ledger.

    Raises:
        ConfigError: the folder has no kept run.
    """
    check_kept(directory)
    contents = LedgerContents()

    def take(found: dict[str, Any]) -> Any:
        """Takes an item as soon as it is read, so that the items are never in memory all at once."""
        if {"pk", "sk"} <= found.keys():
            with suppress(ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
                contents.add(found)
                return _TAKEN
        return found

    _kept_items(directory, take)
    return contents


_TAKEN = object()


def _kept_items(
    directory: Path, hook: Callable[[dict[str, Any]], Any] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The items by table, each in DynamoDB's form; their content may still be damaged.

    Args:
        directory: of the kept run.
        hook: see `read_kept`; it may take items.

    Raises:
        UnreadableItemError: an item isn't in DynamoDB's form. Without it, the next kept run would lack it.
    """
    path = directory / LEDGER
    tables: dict[str, list[dict[str, Any]]] = read_kept(path, hook)
    for table, items in tables.items():
        for number, item in enumerate(parse(f"{path}, {table}", partial(entries, items)), 1):
            if item is not _TAKEN:
                parse(f"{path}, {table}, item {number}", partial(LedgerContents().add, item))
    return tables


def kept_runs(directory: Path) -> dict[str, list[dict[str, Any]]]:
    """The newest job runs by job, in GetJobRuns' form with times as text.

    A folder from before these were kept has none.

    Raises:
        ConfigError: the folder has no kept run.
    """
    return _kept_since(directory, RUNS)


def kept_jobs(directory: Path) -> dict[str, dict[str, str]]:
    """The default arguments of each job of the kept run, by job.

    A folder from before these were kept has none.

    Raises:
        ConfigError: the folder has no kept run.
    """
    return _kept_since(directory, JOBS)


def _kept_since(directory: Path, name: str) -> dict[str, Any]:
    """The content of a file that older kept runs lack."""
    check_kept(directory)
    return read_kept(directory / name) if (directory / name).exists() else {}


_DEPLOYED = ("artifacts/", "config/")
"""Objects in the control bucket that the deployment has written again."""


def _restore_buckets(s3: Any, directory: Path) -> None:
    for bucket, renamed in read_kept(directory / KEYS).items():
        folder = bucket_folder(directory, bucket)
        for path in files_below(folder):
            key = renamed.get(path, path)
            if not key.startswith(_DEPLOYED):
                with (folder / path).open("rb") as body:
                    s3.put_object(Bucket=bucket, Key=key, Body=body)


def _input(glue: Any, shape: str, given: dict[str, Any]) -> dict[str, Any]:
    """The members of a catalog entry that the API accepts as input."""
    members = glue.meta.service_model.shape_for(shape).members
    return {name: value for name, value in given.items() if name in members}


def _restore_catalog(glue: Any, catalog: dict[str, list[dict[str, Any]]]) -> None:
    for table in catalog["tables"]:
        glue.create_table(DatabaseName=table["DatabaseName"], TableInput=_input(glue, "TableInput", table))

    def where(partition: dict[str, Any]) -> tuple[str, str]:
        return partition["DatabaseName"], partition["TableName"]

    tables = {(table["DatabaseName"], table["Name"]) for table in catalog["tables"]}
    mine = (each for each in catalog["partitions"] if where(each) in tables)  # `loglake verify` names a missing table
    for (database, name), partitions in groupby(sorted(mine, key=where), where):
        inputs = [_input(glue, "PartitionInput", partition) for partition in partitions]
        for start in range(0, len(inputs), 100):  # BatchCreatePartition takes this many at once
            glue.batch_create_partition(
                DatabaseName=database, TableName=name, PartitionInputList=inputs[start : start + 100]
            )
