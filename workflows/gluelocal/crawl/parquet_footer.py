"""Reads Parquet footers from S3, never column data."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

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


FooterOf = Callable[["S3Client", DataFile], Optional[Footer]]
"""As `read_footer`."""


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
