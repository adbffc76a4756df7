"""Reads Parquet footers from S3, never column data."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gluelocal.crawl.listing import DataFile
from loglake.kernels.parquet import footer

if TYPE_CHECKING:
    import pyarrow as pa
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Footer:
    """The facts in a Parquet file's footer."""

    file: DataFile
    schema: pa.Schema
    rows: int


class FooterCache:
    """Caches footers of earlier crawls: an object with the same key and ETag is not read again.

    Safe to share between threads. It has a maximum size and keeps the footers that were used last.
    """

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str, str], Footer | None] = OrderedDict()

    def read(self, s3: S3Client, file: DataFile) -> Footer | None:
        """As `read_footer`."""
        key = (file.bucket, file.key, file.etag)
        with self._lock:
            if file.etag and key in self._known:
                self._known.move_to_end(key)
                known = self._known[key]
                return known and replace(known, file=file)
        found = read_footer(s3, file)
        with self._lock:
            self._known[key] = found
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return found


def read_footer(s3: S3Client, file: DataFile) -> Footer | None:
    """The footer of an object; None if it is not a readable Parquet file."""
    metadata = footer.read_footer(
        lambda size: s3.get_object(Bucket=file.bucket, Key=file.key, Range=f"bytes=-{size}")["Body"].read(),
        file.size_bytes,
    )
    return None if metadata is None else Footer(file, metadata.schema.to_arrow_schema(), metadata.num_rows)
