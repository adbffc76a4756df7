"""A catalog, and the file that has that of a folder."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from athena_duckdb.errors import NoCatalogError, RefusedError

CATALOG = "catalog.json"

_PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

Catalog = Mapping[str, list[Any]]
"""Databases, tables and partitions, each as the Glue API has it."""


def kept_catalog(directory: Path) -> dict[str, list[Any]]:
    """The catalog of a folder.

    Raises:
        NoCatalogError: the folder has none.
        RefusedError: it is not a JSON object.
    """
    if not (directory / CATALOG).is_file():
        raise NoCatalogError(f"{directory.absolute()} has no kept run")
    return read_kept(directory / CATALOG)


def read_kept(path: Path, hook: Callable[[dict[str, Any]], Any] | None = None) -> dict[str, Any]:
    """The content of a kept file, which must be a JSON object. Half of such a file is indentation.

    Args:
        path: of the file.
        hook: called with each object of it, the inner ones first; returns what is in its place.

    Raises:
        RefusedError: it is not a JSON object.
    """
    try:
        with path.open(encoding="utf-8") as file, io.StringIO() as parts:
            parts.writelines(map(str.strip, file))
            text = parts.getvalue()
        data = json.loads(text, object_hook=hook)
    except (ValueError, RecursionError) as error:
        raise unreadable(str(path), f"it is not JSON ({error})") from error
    if not isinstance(data, dict):
        raise unreadable(str(path), "it is not a JSON object")
    return data


def unreadable(what: str, reason: str) -> RefusedError:
    """The error for a kept file that was changed."""
    return RefusedError(
        f"{what} can't be read: {reason.rstrip('.')}. Put it back as it was: what depends on it waits until then."
    )


def parquet_tables(catalog: Catalog) -> list[Any]:
    """The catalog's tables that are Parquet files."""
    return [
        table
        for table in catalog["tables"]
        if table.get("StorageDescriptor", {}).get("SerdeInfo", {}).get("SerializationLibrary") == _PARQUET_SERDE
    ]
