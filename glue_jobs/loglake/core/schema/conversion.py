"""The data between the convert pipeline and Spark: bundles of raw objects in, staged files out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.keys import WindowKeys
from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.contract import Contract, Violation
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import check_value, texts
from loglake.core.windows import Window


@dataclass(frozen=True)
class RawObject:
    """One raw object of a window.

    Attributes:
        log_stream: the exact name of its stream in CloudWatch; empty if the object itself says it.
        events: events of the window that the scan of a landed object found; 0 if it was not scanned.
        changed_ms: when an object that may be a plain log file was last changed; 0 if CloudWatch or a service wrote it.
    """

    key: str
    size_bytes: int
    log_stream: str
    events: int = 0
    changed_ms: int = 0

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        known = {name: getattr(self, name) for name in ("events", "changed_ms") if getattr(self, name)}
        return {"key": self.key, "size_bytes": self.size_bytes, "log_stream": self.log_stream, **known}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> RawObject:
        """The inverse of `to_json`."""
        key, log_stream = texts([data["key"], data["log_stream"]])
        known = {name: int(data.get(name, 0)) for name in ("events", "changed_ms")}
        return RawObject(key, int(data["size_bytes"]), log_stream, **known)


def objects_digest(objects: Iterable[RawObject]) -> str:
    """The SHA-256 of a list of raw objects in its order, as hex digits. The ledger has it for each list in S3."""
    text = json.dumps([raw.to_json() for raw in objects], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """Raw objects of one window that one Spark task converts, in the order of their keys.

    Attributes:
        number: counts the bundles of a window from 0; part of the output's name.
        attempt: the converter's own folder below the window's staging prefix.
        elsewhere: other windows of the same log group in the ledger. An event outside `window` but inside one of them
            is left out here, because it is, or will be, a row there.
        pattern: what defines a format of the team's own; see `own_formats`.
        fields: the fields of a line, in order, for a format with a configured order.
        landed: the objects were landed, not exported. Each may hold other log groups and windows too; only the events
            of this log group and window count here. What is not an event is quarantined by the scan.
        key_prefix: as the ledger row stores it; empty if there is no row.
        timezone: of timestamps without one in plain log files; UTC if empty.
        event_start: RE2 that the first line of each event has in plain log files; empty for none.
        transform: ``package.module:function`` that every batch of rows goes through; empty for none.
        transform_path: the folder that its package is in; empty if it is on the path already, as in a Glue job.
        layouts: what the table's schema has of them, for its sample; see `TableSchema`.
        contract: the table's.
    """

    table: str
    log_group: LogGroupName
    window: Window
    generation: int
    number: int
    attempt: str
    objects: tuple[RawObject, ...]
    format: str = "auto"
    partition_by: str = "day"
    elsewhere: tuple[Window, ...] = ()
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    pattern: str = ""
    fields: tuple[str, ...] = ()
    landed: bool = False
    key_prefix: str = ""
    timezone: str = ""
    event_start: str = ""
    transform: str = ""
    transform_path: str = ""
    layouts: tuple[str, ...] = ()
    contract: Contract = field(default_factory=Contract)

    @property
    def keys(self) -> WindowKeys:
        """The S3 keys of the window."""
        return WindowKeys(self.log_group, self.window, self.generation, self.key_prefix)

    @property
    def may_split(self) -> bool:
        """Whether several processes may make its rows.

        What a contract discards shares one file and one limit with what is not an event, and its examples are the first
        ones: both depend on the order of all events.
        """
        return self.contract.allows_all

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "table": self.table,
            "log_group": self.log_group,
            "window": [self.window.from_ms, self.window.to_ms],
            "generation": self.generation,
            "number": self.number,
            "attempt": self.attempt,
            "objects": [raw.to_json() for raw in self.objects],
            "format": self.format,
            "partition_by": self.partition_by,
            "elsewhere": [[other.from_ms, other.to_ms] for other in self.elsewhere],
            "types": [[list(path), kind.value] for path, kind in self.types.items()],
            "pattern": self.pattern,
            "fields": list(self.fields),
            "landed": self.landed,
            "key_prefix": self.key_prefix,
            "timezone": self.timezone,
            "event_start": self.event_start,
            "transform": self.transform,
            "transform_path": self.transform_path,
            "layouts": list(self.layouts),
            "contract": self.contract.to_json(),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Bundle:
        """The inverse of `to_json`."""
        return Bundle(
            table=data["table"],
            log_group=LogGroupName(data["log_group"]),
            window=_window(data["window"]),
            generation=int(data["generation"]),
            number=int(data["number"]),
            attempt=data["attempt"],
            objects=tuple(RawObject.from_json(raw) for raw in data["objects"]),
            format=data["format"],
            partition_by=data["partition_by"],
            elsewhere=tuple(_window(pair) for pair in data["elsewhere"]),
            types={tuple(path): ColumnType(kind) for path, kind in data["types"]},
            pattern=data["pattern"],
            fields=tuple(data["fields"]),
            landed=bool(data["landed"]),
            key_prefix=data["key_prefix"],
            timezone=data["timezone"],
            event_start=data["event_start"],
            transform=data["transform"],
            transform_path=data["transform_path"],
            layouts=tuple(data["layouts"]),
            contract=Contract.from_json(data["contract"]),
        )


def _window(pair: Sequence[int]) -> Window:
    return Window(EpochMs(int(pair[0])), EpochMs(int(pair[1])))


@dataclass(frozen=True)
class SchemaSample:
    """What a sample of one bundle showed.

    Attributes:
        table: the bundle's table.
        formats: how many events each format recognised, by its id.
        fields: types by field path, in the order of first sight, for each of those formats.
        layouts: of headers, those that the bundle knew and those that were learned.
    """

    table: str
    formats: Mapping[str, int]
    fields: Mapping[str, Mapping[FieldPath, InferredType]]
    layouts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "table": self.table,
            "formats": dict(self.formats),
            "fields": {
                name: [[list(path), seen.type.value, seen.json, seen.repeats] for path, seen in fields.items()]
                for name, fields in self.fields.items()
            },
            "layouts": list(self.layouts),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> SchemaSample:
        """The inverse of `to_json`."""
        fields = {
            name: {
                tuple(path): InferredType(ColumnType(kind), bool(json), bool(repeats))
                for path, kind, json, repeats in rows
            }
            for name, rows in data["fields"].items()
        }
        formats = {name: int(count) for name, count in data["formats"].items()}
        return SchemaSample(data["table"], formats, fields, tuple(data["layouts"]))


@dataclass(frozen=True)
class TablePlan:
    """How one table's batch is read and written.

    Attributes:
        format: the format of most events.
        schema: its columns, which are fixed.
        also: further formats, for events that they recognise.
    """

    format: str
    schema: TableSchema
    also: tuple[str, ...] = ()

    @property
    def formats(self) -> tuple[str, ...]:
        """All formats."""
        return (self.format, *self.also)


@dataclass(frozen=True)
class StagedFile:
    """A file in staging, and the key it gets when the window is committed.

    Attributes:
        rows: rows of a Parquet file, entries of a quarantine file.
        partition: ``dt=2026-11-21``; empty for a quarantine file.
        sha256: of its content, as hex digits; empty if the version that wrote it recorded none.
    """

    staged_key: str
    final_key: str
    rows: int
    size_bytes: int
    partition: str = ""
    sha256: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return dict(vars(self))

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> StagedFile:
        """The inverse of `to_json`."""
        staged = StagedFile(**data)
        texts([staged.staged_key, staged.final_key, staged.partition])
        check_value("rows", staged.rows, int)
        check_value("size_bytes", staged.size_bytes, int)
        return staged


@dataclass(frozen=True)
class BundleResult:
    """The result of converting one bundle.

    Attributes:
        objects: the accounting of each raw object with events, by its key; they add up to `accounting`.
        reasons: entries of quarantine by their reason.
        undecoded: the same by raw object.
        plain: plain log files that a person should know something about, by their keys.
        examples: the start of some events that fell to plain text.
        violations: what breaks the table's contract, by field.
        parts: how many processes made the rows, each in files of its own.
    """

    log_group: LogGroupName
    window: Window
    number: int
    files: tuple[StagedFile, ...]
    accounting: Accounting
    objects: Mapping[str, Accounting] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    undecoded: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    plain: Mapping[str, PlainNotes] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    parts: int = 1

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "log_group": self.log_group,
            "window": [self.window.from_ms, self.window.to_ms],
            "number": self.number,
            "files": [staged.to_json() for staged in self.files],
            "accounting": self.accounting.to_json(),
            "objects": {key: counts.to_json() for key, counts in self.objects.items()},
            "reasons": dict(self.reasons),
            "undecoded": {key: dict(reasons) for key, reasons in self.undecoded.items()},
            "plain": {key: notes.to_json() for key, notes in self.plain.items()},
            "examples": list(self.examples),
            "violations": [each.to_json() for each in self.violations],
            "parts": self.parts,
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> BundleResult:
        """The inverse of `to_json`."""
        return BundleResult(
            LogGroupName(data["log_group"]),
            _window(data["window"]),
            int(data["number"]),
            tuple(StagedFile.from_json(staged) for staged in data["files"]),
            Accounting.from_json(data["accounting"]),
            {key: Accounting.from_json(counts) for key, counts in data["objects"].items()},
            dict(data["reasons"]),
            {key: dict(reasons) for key, reasons in data["undecoded"].items()},
            {key: PlainNotes.from_json(notes) for key, notes in data["plain"].items()},
            tuple(data["examples"]),
            tuple(Violation.from_json(each) for each in data["violations"]),
            int(data["parts"]),
        )


@dataclass(frozen=True)
class BundleFailure:
    """A bundle that can't be sampled or converted, and the reason in words for a person.

    Attributes:
        unread: why its objects can't be read, by their keys, if that is the reason.
    """

    log_group: LogGroupName
    window: Window
    number: int
    reason: str
    unread: Mapping[str, str] = field(default_factory=dict)
