"""The tables of a stack that is up as files, so that SQL sees them as `loglake query` sees those of a kept run."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from loglake.core.units import split_s3_uri
from loglake.errors import ConfigError
from loglake_cli.local.lake.keep import CATALOG, MARKER, file_paths, read_catalog
from loglake_cli.local.lake.query.athena import QueryResult, query
from loglake_cli.local.lake.query.query_bounds import Bounds

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from loglake_cli.local.cloud.events.eventbridge import Clients

BOUNDS = Bounds(rows=500, seconds=10, memory_mb=1024, answer_mb=16)
"""What one query of the page may take; one runs at a time."""

FILE_BOUNDS = Bounds(rows=50_000, seconds=10, memory_mb=1024, answer_mb=64)
"""What one query may take whose answer is a file to download."""

Catalog = dict[str, list[Any]]


class Mirror:
    """A copy of the objects of all catalog tables in a temporary folder; a context manager that removes it.

    Any thread may use it; one at a time does.

    Attributes:
        changes: how often a `refresh` found something new.
    """

    def __init__(self, clients: Clients) -> None:
        self._s3, self._glue = clients.client("s3"), clients.client("glue")
        self._folder = Path(tempfile.mkdtemp(prefix="loglake-ui-"))
        self._lock = threading.RLock()
        self._asking = threading.Lock()
        self._etags: dict[str, str] = {}
        self._catalog_text = ""
        self.changes = 0
        (self._folder / MARKER).write_text("The page of a running stack reads this folder.\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:  # not under a query that still runs
            shutil.rmtree(self._folder, ignore_errors=True)

    def refresh(self) -> Catalog:
        """Copies what is new, removes what is gone, and gives the catalog."""
        with self._lock:
            catalog = read_catalog(self._glue)
            text = json.dumps(catalog, default=str)
            changed = text != self._catalog_text
            if changed:
                (self._folder / CATALOG).write_text(text, encoding="utf-8")
                self._catalog_text = text
            if self._copy(dict(self._objects(catalog))) or changed:
                self.changes += 1
            return catalog

    def query(self, sql: str, bounds: Bounds | None = None) -> QueryResult:
        """Answers a SELECT over the tables as they are now; within `BOUNDS`, if no others are given.

        Raises:
            ConfigError: as `athena.query` does, or its turn does not come, because other queries run.
        """
        if not self._asking.acquire(timeout=BOUNDS.seconds or -1):
            raise ConfigError("other queries are still running, one at a time: run this one again in a moment.")
        try:
            with self._lock:
                self.refresh()
                return query(self._folder, sql, bounds or BOUNDS)
        finally:
            self._asking.release()

    def query_copied(self, sql: str) -> QueryResult:
        """As `query`, over the tables as they were at the last `refresh`."""
        with self._lock:
            return query(self._folder, sql, BOUNDS)

    def _objects(self, catalog: Catalog) -> Iterator[tuple[str, tuple[str, str, str]]]:
        """By path: bucket, key and ETag of each object of a table."""
        there = {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}
        found: dict[str, dict[str, str]] = {}
        for bucket, prefix in _places(catalog):
            if bucket in there:
                pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
                listed = (item for page in pages for item in page.get("Contents", []))
                found.setdefault(bucket, {}).update((item["Key"], item["ETag"]) for item in listed)
        for bucket, etags in found.items():
            for key, path in file_paths(list(etags)):
                yield f"{bucket}/{path}", (bucket, key, etags[key])

    def _copy(self, wanted: dict[str, tuple[str, str, str]]) -> bool:
        gone = self._etags.keys() - wanted.keys()
        for path in gone:
            (self._folder / path).unlink(missing_ok=True)
            del self._etags[path]
        fresh = [path for path, (_, _, etag) in wanted.items() if self._etags.get(path) != etag]
        for path in fresh:
            bucket, key, etag = wanted[path]
            if self._fetch(bucket, key, self._folder / path):
                self._etags[path] = etag
        return bool(gone or fresh)

    def _fetch(self, bucket: str, key: str, target: Path) -> bool:
        """Copies an object; False where it was removed since it was listed, as a commit removes what it replaces."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchKey", "NoSuchBucket"}:
                raise
            return False
        with target.open("wb") as file:
            for chunk in body.iter_chunks(1 << 20):
                file.write(chunk)
        return True


def _places(catalog: Catalog) -> set[tuple[str, str]]:
    """Buckets and prefixes that hold the tables; none lies in another one."""
    locations = [
        entry["StorageDescriptor"]["Location"]
        for entry in (*catalog["tables"], *catalog["partitions"])
        if str(entry.get("StorageDescriptor", {}).get("Location", "")).startswith("s3://")
    ]
    found: set[tuple[str, str]] = set()
    for bucket, prefix in sorted({split_s3_uri(f"{location.rstrip('/')}/") for location in locations}):
        if not any(own == bucket and prefix.startswith(above) for own, above in found):
            found.add((bucket, prefix))
    return found
