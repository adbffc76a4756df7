"""Checks the contents of files: the row counts of Parquet footers, or all bytes."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import IO, Callable, Optional

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.ports.objects import ObjectStore
from loglake.errors import NotFoundError
from loglake.kernels.checksums import CHUNK_BYTES, sha256_of
from loglake.kernels.parquet.footer import read_footer
from loglake_cli.errors import BAD_INPUT
from loglake_cli.operations.lakes.converted import known_table, table_names
from loglake_cli.operations.verify.damage import Damage, Kind, Verification
from loglake_cli.operations.verify.files import NamedFile
from loglake_cli.operations.verify.journals import JOURNALS, compared

Look = Callable[["NamedFile", "ObjectStore"], Optional[tuple[Kind, str]]]

_FILES = 16
"""So many files are read at the same time: each takes round trips."""

_PARQUET = ".parquet"
_NO_PARQUET = "is not a Parquet file that can be read"


OnPart = Callable[[int, int], None]
"""Called with the number of checked files and of all."""


def check_contents(
    files: Sequence[NamedFile], lake: ObjectStore, *, deep: bool, on_part: OnPart = lambda done, of: None
) -> list[Damage]:
    """Checks existing files, several at a time.

    Args:
        files: with the size that they should have.
        lake: the store that has them.
        deep: read all of each file, and not only the footers of Parquet files.
        on_part: see `OnPart`.
    """
    look = _all_bytes if deep else _footer
    with ThreadPoolExecutor(_FILES, "files") as pool:
        found = []
        for number, each in enumerate(pool.map(lambda file: _looked(look, file, lake), files), 1):
            found += [each] if each else []
            on_part(number, len(files))
        return found


def _looked(look: Look, file: NamedFile, lake: ObjectStore) -> Damage | None:
    try:
        found = look(file, lake)
    except NotFoundError:
        found = (Kind.FILE_GONE, "is gone, a moment after it was listed")
    if found is None:
        return None
    return Damage(found[0], file.key, found[1], file.table, file.windows, deep=look is _all_bytes)


def _footer(file: NamedFile, lake: ObjectStore) -> tuple[Kind, str] | None:
    """Whether a Parquet file's footer has the right number of rows; quarantine files are not checked."""
    if not file.key.endswith(_PARQUET):
        return None
    metadata = read_footer(partial(lake.read_part, file.key), file.size_bytes)
    return _rows(metadata.num_rows, file) if metadata else (Kind.FILE_UNREADABLE, _NO_PARQUET)


def _all_bytes(file: NamedFile, lake: ObjectStore) -> tuple[Kind, str] | None:
    """Whether all bytes are as written; for an older file without a checksum, whether it can be read."""
    if file.sha256:
        if sha256_of(lake.read(file.key, CHUNK_BYTES)) == file.sha256:
            return None
        return Kind.FILE_BYTES, "has other bytes than those that were written"
    with tempfile.TemporaryFile() as copy:
        for chunk in lake.read(file.key, CHUNK_BYTES):
            copy.write(chunk)
        copy.seek(0)
        return _decoded_parquet(file, copy) if file.key.endswith(_PARQUET) else _decoded_gzip(copy)


def _decoded_parquet(file: NamedFile, content: IO[bytes]) -> tuple[Kind, str] | None:
    try:
        with pq.ParquetFile(content) as parquet:
            return _rows(sum(batch.num_rows for batch in parquet.iter_batches()), file)
    except (pa.ArrowException, OSError):
        return Kind.FILE_UNREADABLE, _NO_PARQUET


def _decoded_gzip(content: IO[bytes]) -> tuple[Kind, str] | None:
    try:
        with gzip.open(content) as text:
            while text.read(CHUNK_BYTES):
                continue
    except (OSError, EOFError, zlib.error) as error:
        return Kind.FILE_UNREADABLE, f"can't be unpacked ({error})"
    return None


def _rows(found: int, file: NamedFile) -> tuple[Kind, str] | None:
    if found == file.rows:
        return None
    return Kind.FILE_ROWS, f"has {found:,} rows, and its decision says {file.rows:,}"


_SAME = "run the same `loglake convert INPUT OUTPUT` again"


def verify_folder(
    output: ObjectStore, table: str = "", *, deep: bool = False, on_part: OnPart = lambda done, of: None
) -> Verification:
    """Checks a table of an output, or all; changes nothing.

    Raises:
        ConfigError: the output has no such table.
    """
    tables = [known_table(output, table)] if table else table_names(output)
    found = [each for name in tables for each in _look(output, name)]
    damage = [each for each in found if isinstance(each, Damage)]
    present = [each for each in found if isinstance(each, NamedFile)]
    damage += check_contents(present, output, deep=deep, on_part=on_part)
    return Verification(
        tuple(sorted(damage, key=lambda each: (each.key, each.kind.label))),
        windows=0,
        files=len(present),
        size_bytes=sum(file.size_bytes for file in present),
        undigested=sum(not file.sha256 for file in present),
        deep=deep,
    )


def folder_fix(damage: Damage) -> str:
    """The remedy for such an output: the same command again, once the damaged file is out of its way."""
    if damage.kind in {Kind.FILE_GONE, Kind.FILE_SIZE}:
        return _SAME
    if damage.kind is Kind.FILE_UNNAMED:
        return "delete it"
    if damage.kind is Kind.DECISION_GONE:
        return f"bring it back, or delete the folder of the table and its journal, and {_SAME}"
    return damage.what if damage.kind is Kind.ITEM_UNREADABLE else f"delete it, and {_SAME}"


def _look(output: ObjectStore, table: str) -> list[Damage | NamedFile]:
    try:
        return compared(output, table)[1]
    except BAD_INPUT as error:
        return [Damage(Kind.ITEM_UNREADABLE, f"{JOURNALS}{table}/", f"can't be read: {error}", table)]
