"""Copies the tables of a running stack to files in a folder, in the form of a kept run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.catalog_file import CATALOG
from gluelocal.kept.keep import file_paths, read_catalog

Catalog = dict[str, list[Any]]


class Clients(Protocol):
    """Makes clients of the stack."""

    def client(self, service: str) -> Any:
        """A boto3 client, of ``s3`` or ``glue``."""


class TableCopies:
    """A copy of the catalog and of all tables' objects in a folder. For one thread at a time.

    Attributes:
        folder: where they are.
        changes: how often a `refresh` found a change.
    """

    def __init__(self, clients: Clients, folder: Path) -> None:
        self._s3, self._glue = clients.client("s3"), clients.client("glue")
        self.folder = folder
        self._etags: dict[str, str] = {}
        self._catalog_text = ""
        self.changes = 0

    def refresh(self) -> Catalog:
        """Copies new objects, removes deleted ones, and returns the catalog."""
        catalog = read_catalog(self._glue)
        text = json.dumps(catalog, default=str)
        changed = text != self._catalog_text
        if changed:
            (self.folder / CATALOG).write_text(text, encoding="utf-8")
            self._catalog_text = text
        if self._copy(dict(self._objects(catalog))) or changed:
            self.changes += 1
        return catalog

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
            (self.folder / path).unlink(missing_ok=True)
            del self._etags[path]
        fresh = [path for path, (_, _, etag) in wanted.items() if self._etags.get(path) != etag]
        for path in fresh:
            bucket, key, etag = wanted[path]
            if self._fetch(bucket, key, self.folder / path):
                self._etags[path] = etag
        return bool(gone or fresh)

    def _fetch(self, bucket: str, key: str, target: Path) -> bool:
        """Copies an object. Returns False if it was removed after it was listed, as when a commit replaces objects."""
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
    """Buckets and prefixes that hold the tables; none is inside another."""
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
