"""Saves the results of a local run: bucket objects as files; catalog, ledger and job runs as JSON beside them."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from athena_duckdb.bucket_folders import bucket_folder, key_path
from athena_duckdb.catalog_file import CATALOG
from athena_duckdb.errors import ConfigError
from gluelocal.disk_space import full_disk_named
from gluelocal.kept.lock import PRIVATE, make_private
from gluelocal.temporary import TemporaryFolder

if TYPE_CHECKING:
    from gluelocal.cloud.events.eventbridge import Clients

MARKER = ".gluelocal-run"
LEDGER = "ledger.json"
RUNS = "runs.json"
JOBS = "jobs.json"
KEYS = "keys.json"
"""By bucket, the keys of objects with a file of another name."""

_NO_RUNS: Mapping[str, list[Any]] = MappingProxyType({})
_NEWEST_RUNS = 50
_NAMED_TABLES = 5


def export_stack(clients: Clients, directory: Path, runs_before: Mapping[str, list[Any]] = _NO_RUNS) -> None:
    """Writes ``DIR/<bucket>/<key>`` for every object, and catalog, ledger and runs; replaces an earlier run.

    Everything is written beside `directory` and then swapped in, so that if a run is interrupted the earlier one stays.
    Only the user may enter the folder. What a killed run left there is removed first.

    Args:
        clients: of the embedded AWS.
        directory: the target folder.
        runs_before: by job, the runs to keep if the embedded AWS has none of that job.

    Raises:
        ConfigError: `directory` has files that aren't from a run, or can't be written.
        RefusedError: its disk is full.
    """
    check_replaceable(directory)
    try:
        if not directory.parent.exists():
            make_private(directory.parent)
        staging = TemporaryFolder("keep", str(directory.parent))
    except OSError as error:
        raise _unwritable(directory, error) from error
    with staging as name:
        fresh = Path(name) / "fresh"
        with full_disk_named(str(directory)):
            fresh.mkdir(mode=PRIVATE)
            (fresh / MARKER).write_text("A run wrote this folder; the next one replaces it.\n")
            _write_json(fresh / KEYS, _write_buckets(clients.client("s3"), fresh))
            _write_json(fresh / CATALOG, read_catalog(clients.client("glue")))
            _write_json(fresh / LEDGER, read_ledger(clients.client("dynamodb")))
            jobs = _all(clients.client("glue"), "get_jobs", "Jobs")
            _write_json(fresh / JOBS, {job["Name"]: job.get("DefaultArguments", {}) for job in jobs})
            _write_json(fresh / RUNS, {**runs_before, **_read_runs(clients.client("glue"), jobs)})
            if directory.exists():
                os.replace(directory, Path(name) / "old")
            os.replace(fresh, directory)


def logs_folder(keep: Path) -> Path:
    """The folder of the jobs' logs: if a run is kept in ``DIR``, it is ``DIR-logs``."""
    return keep.with_name(f"{keep.name}-logs")


def tables_to_lose(clients: Clients, directory: Path, prefix: str) -> str:
    """Why a run must not replace a kept one: it has no rows, but the kept one has tables. Empty if it may.

    Args:
        clients: of the embedded AWS.
        directory: the folder of the kept one.
        prefix: of the keys of the tables' files, in any bucket.
    """
    catalog = directory / CATALOG
    kept = json.loads(catalog.read_text(encoding="utf-8"))["tables"] if catalog.is_file() else []
    if not kept or _has_rows(clients.client("s3"), prefix):
        return ""
    names = ", ".join(sorted(table["Name"] for table in kept)[:_NAMED_TABLES])
    more = f" and {len(kept) - _NAMED_TABLES} more" if len(kept) > _NAMED_TABLES else ""
    return f"Nothing became rows, so {directory} still has the run before, with its tables {names}{more}."


def _has_rows(s3: Any, prefix: str) -> bool:
    return any(
        s3.list_objects_v2(Bucket=bucket["Name"], Prefix=prefix, MaxKeys=1).get("Contents")
        for bucket in s3.list_buckets()["Buckets"]
    )


def check_replaceable(directory: Path) -> None:
    """Raises ConfigError if a run must not replace what is at a path, or can't write there or its logs beside it.

    A run calls this before it starts. It really tries: folders are made as a run makes them, and removed.
    """
    try:
        _check_ours(directory)
    except OSError as error:
        raise _unwritable(directory, error) from error
    _try_writing(directory)
    logs = logs_folder(directory)
    _try_writing(logs / "log" if os.path.lexists(logs) else logs)
    if logs.exists() and logs.stat().st_uid != os.geteuid():
        raise ConfigError(f"{logs} belongs to another user, who could read the logs there: name another folder.")


def _check_ours(directory: Path) -> None:
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        raise ConfigError(f"{directory.absolute()} is not a folder: name a folder, or a path where nothing is yet.")
    if directory.is_dir() and any(directory.iterdir()) and not is_kept(directory):
        raise ConfigError(
            f"{directory.absolute()} has files that no run made, and a run would replace them: "
            "name another folder, or empty this one."
        )
    if not directory.name or directory.name == ".." or directory.is_mount():
        raise ConfigError(f"{directory.absolute()} can't be replaced: name the path of a folder below it.")


def _try_writing(path: Path) -> None:
    """Makes a path's folders inside a new folder, then removes it: permission bits alone don't show everything.

    Raises:
        ConfigError: the nearest existing ancestor is not a folder, or the folders can't be made in it.
    """
    ancestor = next(parent for parent in path.parents if os.path.lexists(parent))
    try:
        with TemporaryFolder("keep", str(ancestor)) as probe:
            (Path(probe) / path.relative_to(ancestor)).mkdir(parents=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path.absolute()} can't be written ({error.strerror}): name another folder.")


def is_kept(directory: Path) -> bool:
    """Whether a run made a folder."""
    return (directory / MARKER).is_file()


def read_catalog(glue: Any) -> dict[str, list[Any]]:
    """All databases, tables and partitions in the Glue API's form."""
    databases = _all(glue, "get_databases", "DatabaseList")
    tables = [table for each in databases for table in _all(glue, "get_tables", "TableList", DatabaseName=each["Name"])]
    partitions: list[Any] = []
    for table in tables:
        where = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
        partitions += [{**where, **p} for p in _all(glue, "get_partitions", "Partitions", **where)]
    return {"databases": databases, "tables": tables, "partitions": partitions}


def read_ledger(dynamodb: Any) -> dict[str, list[Any]]:
    """The items of all DynamoDB tables, by table, in the API's form."""
    tables = dynamodb.list_tables()["TableNames"]
    pages = {name: dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True) for name in tables}
    return {name: [item for page in pages[name] for item in page["Items"]] for name in tables}


def _read_runs(glue: Any, jobs: list[Any]) -> dict[str, list[Any]]:
    """The newest runs of each job that has any, in GetJobRuns' form; one hour of a stack has hundreds."""
    runs = {job["Name"]: glue.get_job_runs(JobName=job["Name"], MaxResults=_NEWEST_RUNS)["JobRuns"] for job in jobs}
    return {name: notes for name, notes in runs.items() if notes}


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, default=_as_text) + "\n", encoding="utf-8")


def _as_text(value: bytes | datetime) -> str:
    """Binary values and times, which JSON lacks."""
    return b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


def _all(glue: Any, call: str, member: str, **arguments: str) -> list[Any]:
    return [item for page in glue.get_paginator(call).paginate(**arguments) for item in page[member]]


def _write_buckets(s3: Any, root: Path) -> dict[str, dict[str, str]]:
    """Writes all objects. Returns, by bucket, the keys of objects with a path that differs from the key, by path."""
    renamed: dict[str, dict[str, str]] = {}
    for bucket in s3.list_buckets()["Buckets"]:
        folder = bucket_folder(root, bucket["Name"])
        folder.mkdir()
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"])
        paths = [*file_paths([item["Key"] for page in pages for item in page.get("Contents", [])])]
        renamed[bucket["Name"]] = {path: key for key, path in paths if path != key}
        for key, path in paths:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                for chunk in s3.get_object(Bucket=bucket["Name"], Key=key)["Body"].iter_chunks(1 << 20):
                    file.write(chunk)
    return renamed


def file_paths(keys: list[str]) -> Iterator[tuple[str, str]]:
    """A relative path for every key of a bucket: the key itself if it can be a path.

    Parts that can't be file names are percent-encoded: ``.``, ``..`` and empty parts (``a//b``, a last ``/``), NUL,
    names of more than 250 bytes (cut), and a key that is a folder of another key (``%2F`` at its end). Paths are
    unique, none is a folder of another, and none leaves the bucket's folder. Keys that are their own paths come first.
    """
    folders = {key[:at] for key in keys for at, letter in enumerate(key) if letter == "/"}
    wanted = sorted(
        ((key, key_path(key) + ("%2F" if key in folders else "")) for key in keys),
        key=lambda pair: pair[0] != pair[1],
    )
    files: set[str] = set()
    parents: set[str] = set()
    for number, (key, path) in enumerate(wanted):
        own = path
        while own in files or own in parents or any(parent in files for parent in _parents(own)):
            own = f"%{number}" if own == path else f"{own}%"
        files.add(own)
        parents.update(_parents(own))
        yield key, own


def _parents(path: str) -> list[str]:
    return [path[:at] for at, letter in enumerate(path) if letter == "/"]
