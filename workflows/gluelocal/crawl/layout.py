"""Finds tables and partitions by the paths of folders."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from gluelocal.crawl.listing import DataFile
from gluelocal.crawl.settings import S3Target

_KEY_VALUE = re.compile(r"([^=/]+)=(.*)", re.DOTALL)


@dataclass(frozen=True)
class Layout:
    """A table's folder.

    Attributes:
        bucket: the folder's bucket.
        prefix: the folder's key, ending in ``/`` (empty for the bucket itself).
        partition_keys: names; empty for a table without partitions.
        partitions: files by partition values, in the order of their keys. Without partition keys there is one entry,
            with no values.
        uneven: files lie at different depths; folders below the shallowest level belong to their partition.
    """

    bucket: str
    prefix: str
    partition_keys: tuple[str, ...]
    partitions: dict[tuple[str, ...], list[DataFile]]
    uneven: bool

    @property
    def location(self) -> str:
        """The table's location, in a crawler's form."""
        return f"s3://{self.bucket}/{self.prefix}"

    def partition_location(self, values: tuple[str, ...]) -> str:
        """The location of a partition."""
        folders = self.partitions[values][0].key.split("/")
        return f"s3://{self.bucket}/{_prefix(folders[: self.prefix.count('/') + len(values)])}"

    @property
    def files(self) -> list[DataFile]:
        """All files."""
        return [file for files in self.partitions.values() for file in files]


def table_folder(file: DataFile, target: S3Target, table_level: int | None) -> str | None:
    """The table's folder for a file, ending in ``/``; None if the file lies above the table level.

    With a table level, the bucket is level 1: for ``s3://bucket/tables/app/dt=…/x.parquet`` level 3 is ``tables/app/``.
    The developer guide says that the top level folder is 1, but not whether that is the bucket; published
    configurations count the bucket.

    Without a table level it is the folder above the first ``key=value`` folder, else the first folder below the include
    path, else the include path.
    """
    folders = file.folder.split("/")[:-1]
    if table_level is not None:
        depth = table_level - 1
        return None if len(folders) < depth else _prefix(folders[:depth])
    root = target.prefix.rstrip("/")
    base = len(root.split("/")) if root and root != file.key else 0
    for number, folder in enumerate(folders[base:], start=base):
        if _KEY_VALUE.fullmatch(folder):
            return _prefix(folders[:number])
    return _prefix(folders[: base + 1])


def _prefix(folders: list[str]) -> str:
    return "".join(f"{folder}/" for folder in folders)


def lay_out(bucket: str, prefix: str, files: Iterable[DataFile]) -> Layout:
    """Finds the partitions below a table's folder.

    If a folder level has ``key=value`` folders with one key, that key in lower case names the partition key. Any other
    level is ``partition_0``, ``partition_1`` and so on, by its depth.
    """
    below = {file: file.folder[len(prefix) :].split("/")[:-1] for file in files}
    depth = min((len(folders) for folders in below.values()), default=0)
    keys = tuple(_partition_key(level, {folders[level] for folders in below.values()}) for level in range(depth))
    partitions: defaultdict[tuple[str, ...], list[DataFile]] = defaultdict(list)
    for file, folders in below.items():
        partitions[tuple(_value(keys[level], folders[level]) for level in range(depth))].append(file)
    return Layout(bucket, prefix, keys, dict(partitions), any(len(folders) != depth for folders in below.values()))


def _partition_key(level: int, folders: set[str]) -> str:
    names = {clean_name(match[1]) if match else None for match in map(_KEY_VALUE.fullmatch, folders)}
    return (names.pop() if len(names) == 1 else None) or f"partition_{level}"


def _value(key: str, folder: str) -> str:
    match = _KEY_VALUE.fullmatch(folder)
    return match[2] if match and clean_name(match[1]) == key else folder


def table_name(table_prefix: str, bucket: str, prefix: str) -> str:
    """The name of a table: the name of its last folder, or of the bucket, in a form that Athena accepts."""
    folder = prefix.rstrip("/").rpartition("/")[2] or bucket
    match = _KEY_VALUE.fullmatch(folder)
    return clean_name(table_prefix + (match[2] if match else folder))


def clean_name(text: str) -> str:
    """Lower-case ``[a-z0-9_]``, at most 255 characters (Glue API, `TableInput.Name`)."""
    return re.sub(r"[^a-z0-9_]", "_", text.lower())[:255]
