"""Many small Parquet files of one table into one.

Slices of files in: each has the rows of one log group and window; the slices are in the output's order. File out: the
rows of the slices, one after the other, so that each slice can be found again by its position. Columns are joined by
name, in the order of the table's schema; a column that a file lacks is null. Row groups are as large as in the source
files, and each is sorted by (log group, event time): a new one starts if the next rows would break that order. Same
slices in, same bytes out. Peak memory: two row groups. Local disk: the source files of one output.

Whole files of one schema may also be joined, as `loglake convert` does: see `kernels.parquet.join`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.compaction.decision import Merge, MergedFile, MergeOutput, Slice
from loglake.core.schema.schema import LOG_ACCOUNT
from loglake.errors import PermanentError
from loglake.kernels.checksums import sha256_of_file
from loglake.kernels.parquet.file import open_file
from loglake.kernels.parquet.join import join_files
from loglake.kernels.parquet.rows import file_schema, text_bytes
from loglake.kernels.parquet.writer import ROW_GROUP_BYTES
from loglake.kernels.work_folder import work_folder

if TYPE_CHECKING:
    from loglake.core.ports.objects import FileStore
    from loglake.core.schema.schema import TableSchema

_CHUNK_BYTES = 8 * 1024 * 1024
_NAMES = frozenset({LOG_ACCOUNT, "log_group", "log_stream", "_source"})
"""Columns of few values, which are held as dictionaries: as texts they would be most of a row group."""


def merge_files(
    work: Merge, lake: FileStore, work_dir: str | None = None, group_bytes: int = ROW_GROUP_BYTES
) -> list[MergedFile]:
    """Makes files and stages them; one result per output.

    Args:
        work: the outputs, each with its slices.
        lake: the bucket of all files.
        work_dir: the folder for local files; the system's temporary folder if None.
        group_bytes: the size of a row group in bytes of raw text.

    Raises:
        NotFoundError: a file is gone.
        TransientError: the store failed in a way that may pass.
        PermanentError: a file is not Parquet, has other rows than expected, or has a column of another type.
    """
    with work_folder(work_dir) as folder:
        sources, path = _Sources(lake, folder), os.path.join(folder, "merged")
        made = []
        for number, output in enumerate(work.outputs):
            try:
                if work.joins:
                    rows = join_files([sources.path(each) for each in output.slices], path)
                else:
                    target = _target_schema(output, work.schema, sources, work.strict)
                    rows = _write(output, sources, _Writer(path, target, group_bytes, *_filtered(output, sources)))
            except pa.ArrowException as error:
                raise PermanentError(f"one of {_names(output)} can't be read as Parquet: {error}") from error
            lake.put_file(output.staged_key, path)
            made.append(MergedFile(rows, os.path.getsize(path), sha256_of_file(path)))
            sources.keep({each.key for later in work.outputs[number + 1 :] for each in later.slices})
        return made


def _write(output: MergeOutput, sources: _Sources, writer: _Writer) -> int:
    for slices in _runs(output.slices):
        for rows in _read(sources, slices):
            writer.add(rows)
    writer.close()
    return writer.rows


def _runs(slices: Sequence[Slice]) -> Iterator[list[Slice]]:
    """Slices that follow each other in one file, so that each of its row groups is read once for all of them."""
    run: list[Slice] = []
    for each in slices:
        if run and (each.key != run[-1].key or each.first < run[-1].first + run[-1].rows):
            yield run
            run = []
        run.append(each)
    if run:
        yield run


class _Sources:
    """Files of the lake, as local files while they are needed."""

    def __init__(self, lake: FileStore, folder: str) -> None:
        self._lake = lake
        self._folder = folder
        self._paths: dict[str, str] = {}
        self._fetched = 0

    def path(self, each: Slice) -> str:
        """The local file of a slice. Checks its number of rows."""
        if each.key not in self._paths:
            path = os.path.join(self._folder, f"source-{self._fetched}")
            self._fetched += 1
            with open(path, "wb") as file:
                for chunk in self._lake.read(each.key, _CHUNK_BYTES):
                    file.write(chunk)
            self._paths[each.key] = path
            found = pq.read_metadata(path).num_rows
            if found != each.total:
                raise PermanentError(f"{each.key} has {found} rows, and its commit says {each.total}")
        return self._paths[each.key]

    def keep(self, keys: set[str]) -> None:
        """Removes all others."""
        for key in self._paths.keys() - keys:
            os.remove(self._paths.pop(key))


def _read(sources: _Sources, slices: Sequence[Slice], columns: list[str] | None = None) -> Iterator[pa.Table]:
    """The rows of slices that follow each other in one file, cut at their ends and those of its row groups."""
    path = sources.path(slices[0])
    names = [name for name in pq.read_schema(path).names if name in _NAMES]
    with pq.ParquetFile(path, read_dictionary=names) as file:
        start = 0
        for number in range(file.num_row_groups):
            rows = file.metadata.row_group(number).num_rows
            cuts = ((max(each.first - start, 0), min(each.first + each.rows - start, rows)) for each in slices)
            wanted = [(first, end) for first, end in cuts if first < end]
            start += rows
            if wanted:
                group: Any = file.read_row_group(number, columns=columns)
                parts = [group.slice(first, end - first) for first, end in wanted]
                is_small = len(parts) == 1 and len(parts[0]) < rows
                yield from map(_copied, parts) if is_small else parts


def _copied(rows: pa.Table) -> pa.Table:
    """The rows without the memory of their whole row group: a writer holds many such, each read from another file."""
    made: pa.Table = pa.concat_tables([rows, rows.slice(0, 0)]).combine_chunks()
    return made


def _target_schema(output: MergeOutput, schema: TableSchema, sources: _Sources, strict: bool) -> pa.Schema:
    """The columns that any of the slices has, in the table's order, with the table's types."""
    found: dict[str, list[tuple[Slice, pa.DataType]]] = {}
    for each in output.slices:
        for field in pq.read_schema(sources.path(each)):
            found.setdefault(field.name, []).append((each, field.type))
    known = {field.name: field.type for field in file_schema(schema)}
    order = [name for name in known if name in found] + [name for name in found if name not in known]
    types = {name: _type(name, known.get(name), found[name], sources, strict) for name in order}
    fields: list[pa.Field[Any]] = [pa.field(name, _held(name, kind)) for name, kind in types.items()]
    return pa.schema(fields)


def _filtered(output: MergeOutput, sources: _Sources) -> tuple[set[str], int]:
    """The columns for which a source has Bloom filters, and the most rows of a row group."""
    columns, most_rows = set(), 0
    for path in {sources.path(each) for each in output.slices}:
        metadata = pq.read_metadata(path)
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        most_rows = max([most_rows, *(group.num_rows for group in groups)])
        for group in groups[:1]:
            held = (group.column(number).to_dict() for number in range(group.num_columns))
            columns |= {each["path_in_schema"] for each in held if each.get("bloom_filter_offset")}
    return columns, most_rows


def _type(
    name: str,
    wanted: pa.DataType | None,
    found: Sequence[tuple[Slice, pa.DataType]],
    sources: _Sources,
    strict: bool,
) -> pa.DataType:
    """A column's type: the table's, unless it has values of another one that it may keep."""
    wanted = wanted or found[0][1]
    others = {
        kind
        for each, kind in found
        if kind != wanted and any(rows.column(0).null_count < len(rows) for rows in _read(sources, [each], [name]))
    }
    same = {kind for _, kind in found}
    if not others:
        return wanted
    if strict or len(same) > 1:
        names = ", ".join(sorted(str(kind) for kind in {*same, wanted}))
        raise PermanentError(f"column {name} has several types in one partition: {names}")
    return others.pop()


def _held(name: str, kind: pa.DataType) -> pa.DataType:
    held: Any = pa.dictionary
    return held(pa.int32(), kind) if name in _NAMES else kind


def _conform(rows: pa.Table, target: pa.Schema) -> pa.Table:
    """The rows with all columns of the target; what they lack, or have as nulls of another type, is null."""
    columns: list[Any] = []
    for field in target:
        column: Any = rows.column(field.name) if field.name in rows.schema.names else None
        if column is None or column.type != field.type:
            column = pa.nulls(rows.num_rows, field.type)
        columns.append(column)
    return pa.table(columns, schema=target)


class _Writer:
    """Gathers row groups."""

    def __init__(self, path: str, schema: pa.Schema, group_bytes: int, find_by: set[str], most_rows: int) -> None:
        self.rows = 0
        self._find_by = find_by
        self._most_rows = most_rows
        self._path = path
        self._schema = schema
        self._group_bytes = group_bytes
        self._waiting: list[pa.Table] = []
        self._bytes = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pa.Table) -> None:
        """Adds rows that are sorted by (log group, event time), as each row group of the table's files is."""
        rows = _conform(rows, self._schema)
        size = text_bytes(rows)
        if self._waiting and (
            self._bytes + size > self._group_bytes or _order(rows, 0) < _order(self._waiting[-1], -1)
        ):
            self._flush()
        self._waiting.append(rows)
        self._bytes += size
        self.rows += rows.num_rows

    def close(self) -> None:
        """Writes what waits, and the footer."""
        self._flush()
        writer = self._writer or open_file(self._path, self._schema.empty_table())
        writer.close()

    def _flush(self) -> None:
        if not self._waiting:
            return
        group: Any = pa.concat_tables(self._waiting).unify_dictionaries()
        self._waiting, self._bytes = [], 0
        self._writer = self._writer or open_file(self._path, group, self._find_by, self._most_rows)
        self._writer.write_table(group, row_group_size=group.num_rows)


def _order(rows: pa.Table, place: int) -> tuple[str, int]:
    """The sort key of a row: its log group and its time."""
    row: Any = rows.slice(place % rows.num_rows, 1)
    time = row.column("event_time").cast(pa.int64())[0].as_py()
    return row.column("log_group")[0].as_py() or "", time or 0


def _names(output: MergeOutput) -> str:
    keys = list(dict.fromkeys(each.key for each in output.slices))
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
