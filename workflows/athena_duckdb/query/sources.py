"""What a query reads: a catalog and the files of its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from athena_duckdb.bucket_folders import bucket_folder, files_below, location_folder
from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.catalog_file import Catalog, kept_catalog
from athena_duckdb.query.read_only_files import SCHEME, DataFile


class Source(NamedTuple):
    """What the tables are.

    Attributes:
        catalog: as the Glue API has it.
        below: returns the files below a Location that `is_data` takes.
    """

    catalog: Catalog
    below: Callable[[str], Iterable[DataFile]]


def kept_source(directory: str) -> Source:
    """A folder with a catalog file, and a folder for each bucket.

    Raises:
        NoCatalogError: the folder has no catalog.
    """
    return Source(kept_catalog(Path(directory)), partial(_kept_files, Path(directory)))


def data_name(uri: str) -> str:
    """The name in DuckDB of an object, which would read ``%2E%2E`` as two dots."""
    return uri.replace("%", "%25")


def is_data(path: str, size_bytes: int) -> bool:
    """Whether Athena reads a file, by its path below a Location: it skips names that begin with ``_`` or ``.``."""
    return size_bytes > 0 and not any(part[0] in "_." for part in path.split("/"))


def _kept_files(directory: Path, location: str) -> Iterator[DataFile]:
    folder = location_folder(directory, location)
    run = bucket_folder(directory, split_s3_uri(location)[0]).parent
    for path in files_below(folder):
        file = f"{folder}/{path}"
        stat = os.stat(file)
        if is_data(path, stat.st_size):
            name = data_name(f"{SCHEME}://{os.path.relpath(file, run)}")
            yield DataFile(name, stat.st_size, stat.st_mtime, partial(_read, file))


def _read(path: str, offset: int, size: int) -> bytes:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(file, size, offset)
    finally:
        os.close(file)
