"""Paths of a kept run's buckets and objects. They are always inside its own folder, whatever their names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from athena_duckdb.buckets import check_bucket_name, split_s3_uri
from athena_duckdb.errors import ConfigError

_MAX_NAME_BYTES = 250
"""Common file systems allow names of at most 255 bytes; a ``%2F`` may follow."""


def bucket_folder(directory: Path, bucket: str) -> Path:
    """The folder of a bucket in a kept run's folder, both with links resolved.

    Raises:
        ConfigError: S3 allows no bucket of this name, or its folder is a link to another place.
    """
    folder = Path(os.path.realpath(directory)) / check_bucket_name(bucket)
    _check_inside(str(folder), str(folder))
    return folder


def location_folder(directory: Path, location: str) -> Path:
    """The folder of the objects below a Location, such as ``s3://lake/tables/app/``.

    Raises:
        ConfigError: the text is not an S3 URI, S3 allows no such bucket, or a link leads out of the bucket's folder.
    """
    bucket, key = split_s3_uri(location)
    folder = bucket_folder(directory, bucket)
    below = key.removesuffix("/")
    found = folder / key_path(below) if below else folder
    _check_inside(str(found), str(folder))
    return found


def files_below(folder: Path) -> Iterator[str]:
    """The relative paths of all files in a folder and below. Folders that are links are left out.

    Raises:
        ConfigError: a file is a link that leads out of the folder.
    """
    top = str(folder)
    for parent, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(parent, name)
            if os.path.islink(path):
                _check_inside(path, top)
            if os.path.isfile(path):
                yield path[len(top) + 1 :]


def key_path(key: str) -> str:
    """The relative path of a key, without regard to other keys of its bucket. It never leads out of the folder."""
    return "/".join(_file_name(part) for part in key.split("/"))


def _file_name(part: str) -> str:
    if part in {"", ".", ".."}:
        return part.replace(".", "%2E") or "%2F"
    name = part.replace("\0", "%00").encode("utf-8", "replace")
    return name[:_MAX_NAME_BYTES].decode("utf-8", "ignore")


def _check_inside(path: str, folder: str) -> None:
    """Refuses a path that is outside the folder once its links are resolved."""
    real = os.path.realpath(path)
    if real != folder and not real.startswith(f"{folder}{os.sep}"):
        raise ConfigError(f"{path} is a link that leads out of {folder}: put what it leads to in its place.")
