"""What a format makes of a log file: which events it reads, which not, and the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from loglake.core.local_files import LocalFiles
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.datasets import Dataset, Datasets, entry_to_add
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.format_choice import FLOOR
from loglake.core.schema.schema import TableSchema
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError, UnreadableError
from loglake.kernels.arrow import to_mask
from loglake.kernels.decode import Decoder
from loglake.kernels.formats.registry import check_datasets, format_of, left_out
from loglake.kernels.readers.raw_objects import OriginEvents, Origins, read_objects
from loglake.kernels.readers.sniff import PlainRules
from loglake.kernels.redact.redactor import check_redaction
from loglake.kernels.sample import sample_bundle
from loglake.pipelines.log_reading import LogsRequest, bundle_of, plan_of
from loglake_cli.local.inputs.timezones import check_timezone

MOST_BYTES = 64 * 1024 * 1024
"""Of a file's text, so much is read."""

_WIDE = 100_000
"""No line of YAML is folded."""


@dataclass(frozen=True)
class TriedColumn:
    """A column that the table would have.

    Attributes:
        filled: how many events have a value.
        example: a value as text; empty if no event has one.
    """

    name: str
    type: str
    filled: int
    example: str


@dataclass(frozen=True)
class ShownEvent:
    """An event of the file; `line` is the number of its first line."""

    line: int
    text: str


@dataclass(frozen=True)
class Tried:
    """What came of it.

    Attributes:
        format: as asked.
        events: all of them.
        read_as: events by the format that read them, most first; ``text`` is plain text.
        columns: message and level, then the fields, with the values of one event as far as it has them.
        unread: the first events that stay plain text.
        rescued: values that did not fit their columns.
        undecoded: stretches of the file that are no events.
        is_whole: whether all of the file was read.
        left_out: parts of the definition that are not used, and why, in sentences.
        keeps: the content of a datasets file that has the format stay; empty if nothing was said about the format.
    """

    format: str
    events: int
    read_as: Mapping[str, int]
    columns: tuple[TriedColumn, ...]
    unread: tuple[ShownEvent, ...]
    rescued: int
    undecoded: int
    is_whole: bool
    left_out: tuple[str, ...] = ()
    keeps: str = ""

    @property
    def share(self) -> float:
        """The share of the events that are not plain text."""
        return 1 - self.read_as.get(FLOOR, 0) / self.events if self.events else 0.0


def run(
    file: Path,
    entry: Mapping[str, Any],
    *,
    datasets: Path | None = None,
    log_group: str | None = None,
    timezone: str = "",
    shown: int = 5,
) -> Tried:
    """Reads a log file, and decodes it as a job would.

    Args:
        file: the log file.
        entry: keys of a dataset, as they would stand in the datasets file; files beside the current folder.
        datasets: a datasets file, instead of `entry`.
        log_group: chooses the entry of `datasets`.
        timezone: of timestamps without one.
        shown: how many events that the format does not read are shown.

    Raises:
        ConfigError: the file can't be read or has no event, or the definition of the format is wrong.
    """
    name = log_group or file.name
    dataset = dataset_of(datasets, log_group) if datasets else _of_entry({"log_groups": ["*"], **entry})
    request = LogsRequest(
        LogGroupName(name),
        dataset.format,
        dataset.types,
        dataset.pattern,
        dataset.fields,
        check_timezone(timezone or dataset.timezone),
        dataset.multi_line_start_pattern,
        dataset.redact,
    )
    bundle = bundle_of(request, (object_of(file),))
    try:
        tried = _tried(bundle, plan_of(sample_bundle(bundle, LocalFiles()), dataset.types), shown)
    except (UnreadableError, OSError) as error:
        raise ConfigError(f"{file} can't be read: {error}") from error
    if not tried.events:
        raise ConfigError(f"{file} has no event: give a file with log lines in it.")
    kept = {"datasets": [{"log_groups": [name], **entry}]}
    keeps = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=_WIDE) if entry else ""
    return replace(tried, left_out=tuple(left_out(Datasets((dataset,)))), keeps=keeps)


def dataset_of(file: Path, log_group: str | None) -> Dataset:
    """The entry of a datasets file for a log group."""
    from loglake_cli.deploy.artifacts import read_datasets  # noqa: PLC0415  (what builds wheels)
    from loglake_cli.deploy.redact_key import keyed_here  # noqa: PLC0415  (likewise)

    datasets = read_datasets(file)
    if log_group is None and len(datasets.entries) > 1:
        raise ConfigError(f"{file} has several entries: choose one by --log-group.")
    found = datasets.entries[0] if log_group is None else datasets.find(log_group)
    if found is None:
        raise ConfigError(f"no dataset matches {log_group}: {entry_to_add(str(log_group), file=str(file))}")
    return keyed_here(found, datasets, trying=True)


def _of_entry(entry: Mapping[str, Any]) -> Dataset:
    try:
        datasets = load_datasets({"datasets": [entry]}, _read_definition)
        check_datasets(datasets)
        check_redaction(datasets)
    except ConfigError as error:
        said = str(error).removeprefix("dataset 1: ")
        if entry.get("format") == "toml":  # the definition does not know its file
            said = re.sub("^file(?=, line|: )", str(entry.get("file")), said)
        raise ConfigError(said) from None
    return datasets.entries[0]


def _read_definition(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name} can't be read: {error}") from error


def object_of(path: Path) -> RawObject:
    """The object that a log file is. Raises ConfigError if there is no such file."""
    if not path.exists():
        raise ConfigError(f"There is no file {path}: give the path of a log file.")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder: give one file of it.")
    status = path.stat()
    return RawObject(str(path), status.st_size, "", changed_ms=max(1, status.st_mtime_ns // 1_000_000))


def _tried(bundle: Bundle, plan: TablePlan, shown: int) -> Tried:
    """Decodes a file as a job would, up to `MOST_BYTES` of its text, which is held in memory."""
    decoder, batches, unread = Decoder(bundle, plan), list[pa.RecordBatch](), list[ShownEvent]()
    rescued = undecoded = size = 0
    is_whole = True
    for item in read_objects(bundle.objects, "", LocalFiles(), Origins(), PlainRules.of(bundle)):
        if not isinstance(item, OriginEvents):
            undecoded += 1
            continue
        if size >= MOST_BYTES:
            is_whole = False
            break
        size += item.batch.nbytes
        decoded = decoder.decode(item.batch, item.fields)
        batches.append(decoded.rows)
        rescued += decoded.rescued_values
        lines, raw = item.batch.column("line"), decoded.rows.column("raw")
        for row in _plain(bundle, plan, raw, item.fields).nonzero()[0][: shown - len(unread)]:
            unread.append(ShownEvent(lines[int(row)].as_py(), raw[int(row)].as_py()))
    counts = {name: count for name, count in decoder.read.counts.most_common() if count}
    columns = tuple(_columns(pa.Table.from_batches(batches), plan.schema)) if batches else ()
    events = sum(batch.num_rows for batch in batches)
    return Tried(bundle.format, events, counts, columns, tuple(unread), rescued, undecoded, is_whole)


def _plain(bundle: Bundle, plan: TablePlan, raw: pa.Array[Any], fields: tuple[str, ...]) -> Any:
    """Which events no format of the plan recognises."""
    left = to_mask(pa.repeat(True, len(raw)))
    for name in plan.formats:
        if name != FLOOR:
            reader = format_of(name, bundle.pattern, fields or bundle.fields, plan.schema.layouts)
            left &= ~to_mask(reader.matches(raw))
    return left


def _columns(rows: pa.Table, schema: TableSchema) -> Iterator[TriedColumn]:
    """Message, level and the fields, with the values of the event that has most, as far as it has them."""
    types = {"message": "string", "level": "string", **{each.name: each.type.value for each in schema.columns}}
    filled: Any = sum(rows.column(name).is_valid().to_numpy().astype(int) for name in types)
    best = int(filled.argmax()) if rows.num_rows else 0
    for name, kind in types.items():
        column = rows.column(name)
        given = column.drop_null()
        value = column[best].as_py() if len(given) else None
        first = given[0].as_py() if len(given) else None
        yield TriedColumn(name, kind, len(given), _text(first if value is None else value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat(sep=" ") if hasattr(value, "isoformat") else str(value)
