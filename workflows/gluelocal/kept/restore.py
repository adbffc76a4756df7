"""Loads a kept run into an embedded AWS, so that work can continue on it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from athena_duckdb.bucket_folders import bucket_folder, files_below
from athena_duckdb.catalog_file import CATALOG, read_kept, unreadable
from athena_duckdb.errors import NoCatalogError
from gluelocal.kept.keep import JOBS, KEYS, LEDGER, RUNS, is_kept

if TYPE_CHECKING:
    from gluelocal.cloud.events.eventbridge import Clients


def check_kept(directory: Path) -> None:
    """Raises NoCatalogError if a folder was not written by `keep.export_stack`."""
    if not is_kept(directory) or not all((directory / name).is_file() for name in (CATALOG, LEDGER, KEYS, RUNS, JOBS)):
        raise NoCatalogError(f"{directory.absolute()} has no kept run")


def restore_stack(clients: Clients, directory: Path, skipped: tuple[str, ...] = ()) -> None:
    """Restores objects, catalog and DynamoDB items; buckets, databases and DynamoDB tables must exist already.

    Args:
        clients: of the embedded AWS.
        directory: of the kept run.
        skipped: prefixes of keys that stay as the deployment has written them.

    Raises:
        NoCatalogError: the folder has no kept run.
        RefusedError: a file of it can't be read.
    """
    check_kept(directory)
    _restore_buckets(clients.client("s3"), directory, skipped)
    _restore_catalog(clients.client("glue"), read_kept(directory / CATALOG))
    path, dynamodb = directory / LEDGER, clients.client("dynamodb")
    for table, items in read_kept(path).items():
        for number, item in enumerate(items, 1):
            try:
                dynamodb.put_item(TableName=table, Item=_with_bytes(item))
            except (
                BotoCoreError,
                ClientError,
                AttributeError,
                TypeError,
                ValueError,
            ) as error:  # without it, the next kept run would lack it
                raise unreadable(f"{path}, {table}, item {number}", f"it is not what was written ({error})") from error


def _with_bytes(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item, or a map in it, in the API's form: its binary values were kept as text."""
    return {name: _value(*value.items()) for name, value in item.items()}


def _value(typed: tuple[str, Any]) -> dict[str, Any]:
    kind, content = typed
    if kind == "M":
        return {kind: _with_bytes(content)}
    return {kind: b64decode(content) if kind == "B" else content}


def kept_runs(directory: Path) -> dict[str, list[dict[str, Any]]]:
    """The newest job runs by job, in GetJobRuns' form with times as text.

    Raises:
        NoCatalogError: the folder has no kept run.
    """
    check_kept(directory)
    return read_kept(directory / RUNS)


def kept_jobs(directory: Path) -> dict[str, dict[str, str]]:
    """The default arguments of each job of the kept run, by job.

    Raises:
        NoCatalogError: the folder has no kept run.
    """
    check_kept(directory)
    return read_kept(directory / JOBS)


def _restore_buckets(s3: Any, directory: Path, skipped: tuple[str, ...]) -> None:
    for bucket, renamed in read_kept(directory / KEYS).items():
        folder = bucket_folder(directory, bucket)
        for path in files_below(folder):
            key = renamed.get(path, path)
            if not key.startswith(skipped):
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
