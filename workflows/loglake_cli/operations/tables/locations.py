"""Where a command reads and writes: a local folder or file, or a prefix of an S3 bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loglake.core.ports.objects import ObjectStore
from loglake.core.units import split_s3_uri
from loglake.errors import AccessDeniedError, ConfigError, NotFoundError, ServiceError, UnreadableError
from loglake_cli.folders.folder_store import FolderStore, SourceFile, SourceFolder

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


@dataclass(frozen=True)
class Place:
    """A folder, a file, or a prefix that is read as a folder: ``s3://bucket/a`` means the objects below ``a/``.

    Attributes:
        root: the absolute path without links, or ``s3://bucket``.
        prefix: of the keys below `root`, with a slash at its end; empty for a folder.
    """

    root: str
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.root}/{self.prefix}".rstrip("/") or "/"

    @property
    def is_s3(self) -> bool:
        """Whether it is on AWS."""
        return self.root.startswith("s3://")

    @property
    def is_file(self) -> bool:
        """Whether it is a file on this machine."""
        return not self.is_s3 and Path(self.root).is_file()

    @property
    def folder(self) -> Place:
        """The folder of a file; any other place itself."""
        return Place(str(Path(self.root).parent)) if self.is_file else self

    @property
    def name(self) -> str:
        """The last part of the path; the bucket if there is no prefix."""
        return str(self).rpartition("/")[2]

    def below(self, other: Place) -> str | None:
        """The path from another place down to this one; empty if both are the same, None if there is none."""
        mine, above = f"{self}/", f"{other}/"
        return mine[len(above) :].rstrip("/") if mine.startswith(above) else None


def parse_place(text: str) -> Place:
    """Reads what a person typed.

    Raises:
        ConfigError: it is neither a path nor an S3 URI.
    """
    if text.startswith("s3://"):
        bucket, key = split_s3_uri(text.rstrip("/"))
        return Place(f"s3://{bucket}", f"{key}/" if key else "")
    if _SCHEME.match(text):
        raise ConfigError(f"{text} is neither a folder nor an S3 prefix: write that like s3://bucket/prefix")
    if not text.strip():
        raise ConfigError("An empty path is not a place: give a folder, or a prefix such as s3://bucket/prefix")
    return Place(str(Path(text).resolve()))


def open_source(place: Place) -> ObjectStore:
    """The store of a place, for listing and reading; unreadable objects are listed with the reason."""
    if place.is_s3:
        return open_place(place.root)
    return SourceFile(Path(place.root)) if place.is_file else SourceFolder(place.root)


def open_part(source: str, root: str) -> ObjectStore:
    """As `open_source` for the input's place and `open_place` for any other one, each given as text: for tasks."""
    return open_source(parse_place(root)) if root == source else open_place(root)


def open_place(text: str) -> ObjectStore:
    """The store of a place, given as text, for a task. A folder needs no AWS client."""
    place = parse_place(text)
    if not place.is_s3:
        return FolderStore(place.root)
    from loglake.aws import objects  # noqa: PLC0415  (boto3, which no folder needs)
    from loglake.aws.faults import translated  # noqa: PLC0415

    bucket, _ = split_s3_uri(place.root)
    with translated("s3:ListBucket", place.root):
        return objects.open_store(bucket, prefix=place.prefix)


@contextmanager
def usable(*places: Place) -> Iterator[None]:
    """Turns errors that are found before the work begins into bad usage.

    Raises:
        ConfigError: a place is not there, or can't be read.
    """
    try:
        yield
    except NotFoundError as error:
        if "NoSuchBucket" not in str(error):
            raise
        bucket = split_s3_uri(error.resource)[0]
        raise ConfigError(f"There is no bucket {bucket}: correct its name, or create it first.") from error
    except AccessDeniedError as error:
        advice = " On this machine: log in to AWS, or set AWS_PROFILE." if error.action else ""
        raise ConfigError(f"{error}{advice}") from error
    except (ServiceError, UnreadableError) as error:
        if any(place.is_s3 for place in places):
            raise
        raise ConfigError(str(error)) from error
