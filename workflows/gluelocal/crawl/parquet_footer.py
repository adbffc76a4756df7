"""Reads Parquet footers from S3, never column data."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from gluelocal.crawl.listing import DataFile

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_END_BYTES = 64 * 1024
_MAGIC = b"PAR1"


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
    """The footer of an object; None if it is not a Parquet file that can be read.

    Asks for the last 64 KiB, and once more if the footer is longer.
    """

    def end(size: int) -> bytes:
        return s3.get_object(Bucket=file.bucket, Key=file.key, Range=f"bytes=-{size}")["Body"].read()

    tail = end(_END_BYTES)
    length = int.from_bytes(tail[-8:-4], "little") + 8
    if len(tail) < 12 or tail[-4:] != _MAGIC or length > file.size_bytes:
        return None
    if length > len(tail):
        tail = end(length)
    try:
        # The footer alone, put behind the magic bytes that a Parquet file starts with, is enough for metadata.
        metadata = pq.read_metadata(io.BytesIO(_MAGIC + tail[-length:]))
    except (pa.ArrowException, OSError):
        return None
    return Footer(file, metadata.schema.to_arrow_schema(), metadata.num_rows)
