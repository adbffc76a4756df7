"""Decisions: the objects whose existence decides which staged files become rows, for one window or for many."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.compaction.decision import Part, SharedFile
from loglake.core.compaction.keys import decision_of_shared
from loglake.core.keys import WindowKeys, decision_key, decision_name
from loglake.core.ledger.versions import Current
from loglake.core.schema.contract import Violation
from loglake.core.schema.conversion import StagedFile
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import check_format, check_value, entries, texts
from loglake.core.windows import Window, WindowName

BATCH_FORMAT = 2

_OPTIONAL = frozenset({"key_prefix"})
_VALUES: Mapping[str, type] = {
    **dict.fromkeys(("log_group", "table", "owner", "key_prefix"), str),
    **dict.fromkeys(("from_ms", "to_ms", "generation", "schema_version"), int),
}


@dataclass(frozen=True)
class Replaced:
    """A window that a wider one replaces, and its generation when that was decided."""

    window: Window
    generation: int


@dataclass(frozen=True)
class Manifest:
    """What a commit does for one window: copy `files` to their final keys, then remove `supersedes`.

    Attributes:
        decision: the name of the decision that it is a part of.
        owner: the converter that wrote it.
        schema_version: the version of the table's schema that the files obey.
        objects: what became of the events of each raw object that has any, by its key.
        reasons: entries of quarantine by their reason.
        supersedes: final keys to remove: those of the generation before that this one does not write again, and those
            of the windows that it replaces.
        replaces: the narrower windows that this one replaces.
        key_prefix: as the ledger row stores it.
        violations: what breaks the table's contract, by field.
        unmatched: names in the table's contract that no column has, and no field that breaks it.
        events_before: the table has at least so many events that it replaces; None if that is not known.
        read_digest: the SHA-256 of what it was read from; empty if it is a new one.
    """

    log_group: LogGroupName
    window: Window
    generation: int
    table: str
    owner: str
    schema_version: int
    files: tuple[StagedFile, ...]
    accounting: Accounting
    supersedes: tuple[str, ...] = ()
    objects: Mapping[str, Accounting] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    replaces: tuple[Replaced, ...] = ()
    key_prefix: str = ""
    events_before: int | None = None
    violations: tuple[Violation, ...] = ()
    unmatched: tuple[str, ...] = ()
    decision: str = ""
    read_digest: str = field(default="", compare=False, repr=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of its JSON, as hex digits. The ledger notes it, so that a changed decision is found."""
        return self.read_digest or _digest(self.to_json())

    @property
    def name(self) -> WindowName:
        """The window, as its row is named."""
        return self.log_group, self.window

    @property
    def key(self) -> str:
        """The key of its decision."""
        return decision_key(self.table, self.decision)

    @property
    def keys(self) -> WindowKeys:
        """The S3 keys of the window."""
        return WindowKeys(self.log_group, self.window, self.generation, self.key_prefix)

    @property
    def keys_to_remove(self) -> list[str]:
        """What the next generation has to remove, unless it writes it again."""
        return [*(staged.final_key for staged in self.files), *self.supersedes]

    @property
    def table_files(self) -> int:
        """How many files it adds to the table. The first of those that share a file adds it."""
        return sum(bool(staged.partition) and not staged.first for staged in self.files)

    @property
    def table_bytes(self) -> int:
        """The size of these files."""
        return sum(staged.size_bytes for staged in self.files if staged.partition)

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partition folders that the files are in, in order."""
        return tuple(sorted({staged.partition for staged in self.files if staged.partition}))

    def without(self, keys: Collection[str]) -> Manifest:
        """The manifest without some of its files; their events count as if they had never come in."""
        kept = tuple(staged for staged in self.files if staged.final_key not in keys)
        counts = self.accounting
        rows = counts.rows_out - sum(staged.rows for staged in kept if staged.partition)
        in_files = counts.quarantined - counts.quarantine_left_out
        entries = max(0, in_files - sum(staged.rows for staged in kept if not staged.partition))
        counted = replace(
            counts,
            events_in=counts.events_in - rows - entries,
            rows_out=counts.rows_out - rows,
            quarantined=counts.quarantined - entries,
        )
        return replace(self, files=kept, accounting=counted, read_digest="")

    def noted_in(self, current: Current) -> Current:
        """The ledger's note of a current version whose decision this one replaces."""
        return replace(
            current,
            accounting=self.accounting,
            partitions=self.partitions,
            table_files=self.table_files,
            table_bytes=self.table_bytes,
            decision=self.digest,
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict, without the name of the decision that it stands in."""
        return {
            "log_group": self.log_group,
            "from_ms": self.window.from_ms,
            "to_ms": self.window.to_ms,
            "generation": self.generation,
            "key_prefix": self.key_prefix,
            "events_before": self.events_before,
            "table": self.table,
            "owner": self.owner,
            "schema_version": self.schema_version,
            "files": [staged.to_json() for staged in self.files],
            "supersedes": list(self.supersedes),
            "replaces": [[each.window.from_ms, each.window.to_ms, each.generation] for each in self.replaces],
            "accounting": self.accounting.to_json(),
            "objects": {key: counts.to_json() for key, counts in self.objects.items()},
            "reasons": dict(self.reasons),
            **({"violations": [each.to_json() for each in self.violations]} if self.violations else {}),
            **({"unmatched": list(self.unmatched)} if self.unmatched else {}),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any], decision: str) -> Manifest:
        """The inverse of `to_json`, for a part of a decision."""
        for name, kind in _VALUES.items():
            check_value(name, data.get(name, "") if name in _OPTIONAL else data[name], kind)
        if data.get("events_before") is not None:
            check_value("events_before", data["events_before"], int)
        return Manifest(
            log_group=LogGroupName(data["log_group"]),
            window=Window(EpochMs(data["from_ms"]), EpochMs(data["to_ms"])),
            generation=data["generation"],
            table=data["table"],
            owner=data["owner"],
            schema_version=data["schema_version"],
            files=tuple(StagedFile.from_json(staged) for staged in entries(data["files"])),
            accounting=Accounting.from_json(data["accounting"]),
            supersedes=texts(data["supersedes"]),
            objects={key: Accounting.from_json(counts) for key, counts in data.get("objects", {}).items()},
            reasons=dict(data.get("reasons", {})),
            replaces=tuple(
                Replaced(Window(EpochMs(start), EpochMs(end)), int(generation))
                for start, end, generation in data.get("replaces", [])
            ),
            key_prefix=data.get("key_prefix", ""),
            events_before=data.get("events_before"),
            violations=tuple(Violation.from_json(each) for each in entries(data.get("violations", []))),
            unmatched=texts(data.get("unmatched", [])),
            decision=decision,
            read_digest=_digest(data),
        )


@dataclass(frozen=True)
class Batch:
    """A decision about windows of a table. All of them become rows, or none does.

    Written once with ``If-None-Match: *``, so of two converters one decides, and a run that finds it later rolls it
    forward. An `aborted` one says the opposite: nothing under its name becomes a row any more.

    Attributes:
        name: the ledger's rows have it before anything is staged.
        aborted: why; empty for a commit.
    """

    table: str
    name: str
    windows: tuple[Manifest, ...] = ()
    aborted: str = ""

    @property
    def key(self) -> str:
        """Its S3 key."""
        return decision_key(self.table, self.name)

    @staticmethod
    def of(windows: Sequence[Manifest]) -> Batch:
        """The decision that these are the parts of."""
        return Batch(windows[0].table, windows[0].decision, tuple(windows))

    @staticmethod
    def alone(manifest: Manifest) -> Batch:
        """A decision about a window that is written again, under a name of its own."""
        name = decision_name(manifest.window.to_ms, manifest.digest)
        return Batch.of([replace(manifest, decision=name)])

    @property
    def shared_files(self) -> tuple[SharedFile, ...]:
        """The files that its windows share, and not those of other decisions that a window was repaired in."""
        rows: dict[str, list[tuple[StagedFile, LogGroupName]]] = defaultdict(list)
        for each in self.windows:
            for staged in each.files:
                if decision_of_shared(staged.within) == self.name:
                    rows[staged.within].append((staged, each.log_group))
        return tuple(_shared(sorted(found, key=lambda each: each[0].first)) for found in rows.values())

    def part(self, name: WindowName) -> Manifest | None:
        """What it does for a window; None if it says nothing about it."""
        return next((each for each in self.windows if each.name == name), None)

    def to_bytes(self) -> bytes:
        """The object's content: JSON, readable."""
        data = {
            "format": BATCH_FORMAT,
            "table": self.table,
            "decision": self.name,
            "aborted": self.aborted,
            "windows": [each.to_json() for each in self.windows],
        }
        return json.dumps(data, indent=1).encode()

    @staticmethod
    def from_bytes(body: bytes) -> Batch:
        """The inverse of `to_bytes`.

        Raises:
            ValueError, KeyError, TypeError: `to_bytes` did not write it, or another version of loglake did.
            ValueError: somebody took windows out that have rows of a shared file.
        """
        data = json.loads(body)
        check_format(data.get("format"), BATCH_FORMAT)
        table, name, aborted = texts([data["table"], data["decision"], data["aborted"]])
        windows = tuple(Manifest.from_json(each, name) for each in entries(data["windows"]))
        if others := shared_with_others(windows):
            raise ValueError(f"it does not say whose rows {min(others)} has")
        return Batch(table, name, windows, aborted)


def shared_with_others(windows: Iterable[Manifest]) -> set[str]:
    """The shared files of their decision in which these windows don't have all rows."""
    there: Counter[str] = Counter()
    totals: dict[str, int] = {}
    for each in windows:
        for staged in each.files:
            if staged.within and decision_of_shared(staged.within) == each.decision:
                there[staged.within] += staged.rows
                totals[staged.within] = staged.total
    return {file for file, total in totals.items() if there[file] != total}


def _shared(rows: Sequence[tuple[StagedFile, LogGroupName]]) -> SharedFile:
    parts = tuple(Part(staged.final_key, log_group, staged.rows) for staged, log_group in rows)
    first, size_bytes = rows[0][0], sum(staged.size_bytes for staged, _ in rows)
    return SharedFile(first.staged_key, first.within, size_bytes, parts, first.sha256)


def _digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
