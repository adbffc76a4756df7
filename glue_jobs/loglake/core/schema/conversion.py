"""What converting bundles takes and gives: schema samples, a plan for each table, staged files, results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.contract import Violation
from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.core.units import LogGroupName
from loglake.core.unreadable import check_value, texts
from loglake.core.windows import Window


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


_OF_SHARED = frozenset({"within", "first", "total"})


@dataclass(frozen=True)
class StagedFile:
    """A file in staging, and the key it gets when the window is committed; or rows of one that windows share.

    Attributes:
        staged_key: where it is, or the shared file.
        final_key: where it goes. It identifies its rows for good, wherever they lie; if they are in a shared file, no
            object has this key.
        rows: rows of a Parquet file, entries of a quarantine file.
        size_bytes: its size, or about the rows' share of the shared file's; all shares are the whole.
        partition: ``dt=2026-11-21``; empty for a quarantine file.
        sha256: of its content, or of the shared file's, as hex digits; empty if nobody recorded it.
        within: where the shared file goes; empty if it is a file of its own.
        first: the first of the rows in the shared file.
        total: all rows of the shared file.
    """

    staged_key: str
    final_key: str
    rows: int
    size_bytes: int
    partition: str = ""
    sha256: str = ""
    within: str = ""
    first: int = 0
    total: int = 0

    @property
    def place(self) -> str:
        """The key of the object that has the rows, once they are committed."""
        return self.within or self.final_key

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        data = dict(vars(self))
        return data if self.within else {name: value for name, value in data.items() if name not in _OF_SHARED}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> StagedFile:
        """The inverse of `to_json`."""
        staged = StagedFile(**data)
        texts([staged.staged_key, staged.final_key, staged.partition, staged.within])
        check_value("rows", staged.rows, int)
        for name in ("first", "total"):
            check_value(name, getattr(staged, name), int)
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
