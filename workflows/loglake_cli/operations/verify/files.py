"""Compares the files that should be in the lake with the existing ones: pure.

Work in progress is not damage. These files may exist or not: those that an unapplied decision adds or removes, and
those of windows that it replaces. A staged file is accounted for while its window has an attempt or a failure: the next
commit empties its staging. The next compaction removes what an earlier one left in staging.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from loglake.core.compaction.decision import SharedFile
from loglake.core.compaction.keys import Place, is_compacted, parse_table_file, place_of, staged_at
from loglake.core.keys import DECISION_NAME, QUARANTINE, STAGING
from loglake.core.ledger.row import CLOSED, LedgerRow
from loglake.core.windows import WindowName
from loglake_cli.operations.verify.damage import Damage, Kind, named_windows
from loglake_cli.operations.verify.decisions import PlaceDecision, WindowDecision, unnamed
from loglake_cli.wording import counted

_NUMBER = re.compile(r"compacted\.c(\d{6})\.")
_OF_WINDOW = re.compile(rf"([^/.]+)\.([^/.]+)\.g(\d+)\.(?:{DECISION_NAME}\.)?\d+(?:\.\d+)?\.(?:parquet|jsonl\.gz)")
"""The name of a file of a table or of quarantine: slug, window and generation."""


@dataclass(frozen=True)
class Found:
    """Sizes of all existing objects by their keys: of tables, of quarantine, and in staging."""

    tables: Mapping[str, int]
    quarantine: Mapping[str, int]
    staged: Mapping[str, int]


class NamedFile(NamedTuple):
    """A file that a decision names."""

    key: str
    size_bytes: int
    rows: int
    sha256: str
    table: str
    windows: tuple[WindowName, ...]


@dataclass
class Comparison:
    """The result of the comparison.

    Attributes:
        present: named files that exist with the right size: their contents still have to be checked.
        orphans: files of windows without a row, by the key prefix of their window.
    """

    damage: list[Damage] = field(default_factory=list)
    present: list[NamedFile] = field(default_factory=list)
    orphans: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class FileCheck:
    """Compares the files that decisions name with the existing ones."""

    def __init__(
        self,
        rows: Sequence[LedgerRow],
        windows: Sequence[WindowDecision],
        places: Mapping[Place, PlaceDecision],
        found: Found,
    ) -> None:
        self.result = Comparison()
        self._found = found
        self._places = places
        self._windows = windows
        self._rows = {row.key_prefix: row for row in rows}
        self._there = {**found.tables, **found.quarantine}
        self._named = {file.key: file for each in windows for file in _named(each)}
        self._due = {
            staged.final_key: (staged, each) for each in windows if each.pending for staged in each.pending.files
        }
        self._lenient = _lenient(windows)
        self._blind_windows = {
            (each.row.key_prefix, each.row.live.generation) for each in windows if each.damage and each.row.live
        }
        self._blind_prefixes = {row.key_prefix for row in rows if row.unreadable}
        self._blind_places = {place for place, each in places.items() if each.damage}
        self._compacted = {
            part.key: file for each in places.values() if each.live for file in each.live.files for part in file.parts
        }

    def compare(self) -> Comparison:
        """Runs the comparison."""
        self.result.damage += _joined(each.damage for each in self._windows if each.damage)
        self._compaction_logs()
        self._named_files()
        self._due_files()
        self._compacted_files()
        self._unnamed_files()
        self._staging()
        return self.result

    def _compaction_logs(self) -> None:
        """Unreadable logs, and logs that lack a decision, because a file of it exists."""
        self.result.damage += [each.damage for each in self._places.values() if each.damage]
        newest: dict[Place, int] = {}
        for key in self._found.tables:
            match, place = _NUMBER.search(key), place_of(key)
            if match and place and is_compacted(key):
                newest[place] = max(newest.get(place, 0), int(match[1]))
        for place, number in newest.items():
            known = self._places.get(place)
            if number > (known.newest if known else 0):
                self._blind_places.add(place)
                what = f"is gone: it says what {counted(number, 'compaction')} made of {place.prefix}"
                self._report(Kind.DECISION_GONE, place.decision(number), what, place.table)

    def _named_files(self) -> None:
        for key, file in self._named.items():
            place = place_of(key)
            if place in self._blind_places or key in self._lenient:
                continue
            if key not in self._compacted:
                self._check(file)
            elif key in self._there and not self._is_unfinished(place, key):
                what = f"is there although its rows are in {self._compacted[key].final_key}"
                self._report(Kind.FILE_TWICE, key, what, file.table, file.windows)

    def _due_files(self) -> None:
        """The files of unapplied decisions: each is in its place, or still in staging."""
        for key, (staged, each) in self._due.items():
            if key in self._there or staged.staged_key in self._found.staged:
                continue
            what = f"is neither in its place nor in staging: {_lost(staged.rows, [each.name])}"
            self._report(Kind.FILE_GONE, key, what, each.row.table, (each.name,), failed=True)

    def _compacted_files(self) -> None:
        for place, each in self._places.items():
            for file in each.live.files if each.live and place not in self._blind_places else ():
                if file.staged_key in self._found.staged and file.final_key not in self._there:
                    continue
                windows = tuple(sorted({name for part in file.parts if (name := self._window_of(part.key))}))
                self._check(NamedFile(file.final_key, file.size_bytes, file.rows, file.sha256, place.table, windows))
                self._stale_parts(file, place, windows)

    def _stale_parts(self, file: SharedFile, place: Place, windows: tuple[WindowName, ...]) -> None:
        for part in file.parts:
            if part.key in self._named or part.key in self._lenient or self._is_blind(part.key):
                continue
            if version_of(part.key).prefix not in self._rows:
                self._orphan(part.key)
                continue
            what = f"has {counted(part.rows, 'row')} of {part.key}, which no decision names any more"
            self._report(Kind.FILE_STALE, file.final_key, what, place.table, windows)

    def _unnamed_files(self) -> None:
        compacted = {f.final_key for each in self._places.values() if each.live for f in each.live.files}
        known = {*self._named, *self._due, *self._lenient, *compacted}
        for key in self._there:
            if key in known or self._is_blind(key):
                continue
            place = place_of(key)
            if place and self._is_unfinished(place, key):
                continue
            row = self._rows.get(version_of(key).prefix)
            if row is None and version_of(key).prefix and (parse_table_file(key) or key.startswith(QUARANTINE)):
                self._orphan(key)
            elif row and row.attempt and not row.live:
                continue  # a lost window that is exported again: its commit decides
            elif not key.startswith("quarantine/_landing/"):
                self.result.damage.append(unnamed(key))

    def _staging(self) -> None:
        for key in self._found.staged:
            if staged_at(key):
                continue
            row = self._rows.get(staged_prefix(key))
            if row is None or (row.state in CLOSED and not row.failure):
                self._report(Kind.STAGING_LEFT, key, "was left in staging, and no attempt has it")

    def _check(self, file: NamedFile) -> None:
        """Whether a named file exists with the right size."""
        if file.key not in self._there:
            what = f"is gone: {_lost(file.rows, file.windows)}"
            self._report(Kind.FILE_GONE, file.key, what, file.table, file.windows)
        elif self._there[file.key] != file.size_bytes:
            what = f"has {self._there[file.key]:,} bytes, and its decision says {file.size_bytes:,}"
            self._report(Kind.FILE_SIZE, file.key, what, file.table, file.windows)
        else:
            self.result.present.append(file)

    def _report(
        self,
        kind: Kind,
        key: str,
        what: str,
        table: str = "",
        windows: tuple[WindowName, ...] = (),
        *,
        failed: bool = False,
    ) -> None:
        self.result.damage.append(Damage(kind, key, what, table, windows, failed))

    def _orphan(self, key: str) -> None:
        self.result.orphans[version_of(key).prefix].append(key)

    def _is_blind(self, key: str) -> bool:
        """Whether it is not known if a file should exist, because the decision about it is damaged."""
        if place_of(key) in self._blind_places and (is_compacted(key) or parse_table_file(key)):
            return True
        return version_of(key) in self._blind_windows or version_of(key).prefix in self._blind_prefixes

    def _is_unfinished(self, place: Place | None, key: str) -> bool:
        """Whether a decided compaction still has to remove a file: it empties staging after that."""
        decision = self._places.get(place) if place else None
        live = decision.live if decision else None
        if live is None or key not in live.supersedes:
            return False
        staged = (staged_at(staged_key) for staged_key in self._found.staged)
        return any(each and each[0] == place and each[1] <= live.number for each in staged)

    def _window_of(self, key: str) -> WindowName | None:
        row = self._rows.get(version_of(key).prefix)
        return row.name if row else None


class FileVersion(NamedTuple):
    """What the name of a window's file says."""

    prefix: str
    generation: int


def version_of(key: str) -> FileVersion:
    """The key prefix and the generation in the name of a window's file; empty and 0 for any other file."""
    match = _OF_WINDOW.fullmatch(key.rpartition("/")[2])
    return FileVersion(f"{match[1]}/{match[2]}", int(match[3])) if match else FileVersion("", 0)


def staged_prefix(key: str) -> str:
    """The key prefix of a staged file, if its window has a row."""
    return "/".join(key[len(STAGING) :].split("/")[:2])


def _named(decision: WindowDecision) -> Iterator[NamedFile]:
    if decision.current:
        for staged in decision.current.files:
            yield NamedFile(
                staged.final_key, staged.size_bytes, staged.rows, staged.sha256, decision.row.table, (decision.name,)
            )


def _joined(damage: Iterable[Damage]) -> Iterator[Damage]:
    """Damage of decisions: what is said of several windows in the same words is said once."""
    found: dict[tuple[Kind, str, str], Damage] = {}
    for each in damage:
        said = each.kind, each.key, each.what.replace(named_windows(each.windows), "")
        before = found.get(said)
        if before:
            windows = (*before.windows, *each.windows)
            what = before.what.replace(named_windows(before.windows), named_windows(windows))
            each = replace(before, windows=windows, what=what)  # noqa: PLW2901
        found[said] = each
    yield from found.values()


def _lenient(windows: Sequence[WindowDecision]) -> Collection[str]:
    """Keys of files that may exist or not, because a decision about them is being applied."""
    pending = [each for each in windows if each.pending]
    replaced = {
        (each.row.log_group, inner.window) for each in pending if each.pending for inner in each.pending.replaces
    }
    keys = {key for each in pending if each.pending for key in each.pending.supersedes}
    for each in windows:
        if each.current and (each.pending or each.name in replaced):
            keys.update(staged.final_key for staged in each.current.files)
    return keys


def _lost(rows: int, windows: Sequence[WindowName]) -> str:
    return f"{counted(rows, 'row')} of {named_windows(windows)}" if windows else counted(rows, "row")
