"""Compares the files that should be in the lake with the existing ones: pure.

Work in progress is not damage. These files may exist or not: those that an unapplied decision adds or removes, and
those of windows that it replaces. A staged file is accounted for while its window has an attempt or a failure: the next
commit empties its staging. The next compaction removes what an earlier one left in staging.

A window's rows are in files of its own, or in files that windows share: as they were converted together, until one of
them is replaced, or compacted. The final keys of its decision identify them, whatever file they are in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from loglake.core.compaction.decision import SharedFile
from loglake.core.compaction.keys import (
    Place,
    decision_of_shared,
    is_compacted,
    parse_table_file,
    place_of,
    staged_at,
)
from loglake.core.keys import DECISION_NAME, QUARANTINE, STAGING, decision_key
from loglake.core.ledger.row import CLOSED, LedgerRow
from loglake.core.schema.conversion import StagedFile
from loglake.core.windows import WindowName
from loglake_cli.operations.verify.damage import Damage, Kind, named_windows
from loglake_cli.operations.verify.decisions import Batches, PlaceDecision, WindowDecision, unnamed
from loglake_cli.wording import counted

_NUMBER = re.compile(r"compacted\.c(\d{6})\.")
_STAGED_SHARED = re.compile(rf"{STAGING}_shared/[^/]+/({DECISION_NAME})/.+")
_OF_WINDOW = re.compile(rf"([^/.]+)\.([^/.]+)\.g(\d+)\.(?:{DECISION_NAME}\.)?\d+(?:\.\d+)?\.(?:parquet|jsonl\.gz)")
"""The name of a file of a table or of quarantine: slug, window and generation."""


@dataclass(frozen=True)
class Found:
    """Sizes of all existing objects by their keys: of tables, of quarantine, and in staging."""

    tables: Mapping[str, int]
    quarantine: Mapping[str, int]
    staged: Mapping[str, int]


@dataclass(frozen=True)
class SharedFiles:
    """The files that windows share, by their keys.

    Attributes:
        compacted: those of compaction logs.
        converted: those of decisions about windows, unless a log has their rows by now.
        lost: existing ones whose decision is gone or damaged, and its key: nobody knows whose rows they have.
    """

    compacted: Mapping[str, SharedFile]
    converted: Mapping[str, SharedFile]
    lost: Mapping[str, str]

    @cached_property
    def known(self) -> dict[str, SharedFile]:
        """Those whose parts are known."""
        return {**self.compacted, **self.converted}

    @cached_property
    def holders(self) -> dict[str, SharedFile]:
        """The file of each part, by the part's key."""
        return {part.key: file for file in self.known.values() for part in file.parts}


def shared_files(
    batches: Batches,
    windows: Iterable[WindowDecision],
    places: Mapping[Place, PlaceDecision],
    files: Collection[str],
) -> SharedFiles:
    """The files that windows of a table share, as the decisions have them. `files`: the existing ones."""
    compacted = {file.final_key: file for each in places.values() if each.live for file in each.live.files}
    merged = {part.key for file in compacted.values() for part in file.parts}
    damaged = {each.damage.key for each in windows if each.damage}
    moving = {file.staged_key for file in compacted.values()}  # a repair makes a compacted file of one
    converted, lost = {}, {}
    for key in dict.fromkeys([*filter(decision_of_shared, files), *batches.shared]):
        decision, file = decision_key(key.split("/")[1], decision_of_shared(key)), batches.shared.get(key)
        if key in moving:
            continue
        if decision in damaged or decision not in batches.read:
            lost.update({key: decision} if key in files else {})
        elif file and merged.isdisjoint(part.key for part in file.parts):
            converted[key] = file
    return SharedFiles(compacted, converted, lost)


def is_shared(key: str) -> bool:
    """Whether a file may have rows of several windows."""
    return is_compacted(key) or bool(decision_of_shared(key))


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
        shared: SharedFiles,
    ) -> None:
        self.result = Comparison()
        self._found = found
        self._places = places
        self._shared = shared
        self._holders = shared.holders
        self._windows = windows
        self._rows = {row.key_prefix: row for row in rows}
        self._there = {**found.tables, **found.quarantine}
        self._exists = {*self._there, *found.staged}
        self._named = {part: file for each in windows for part, file in _named(each)}
        self._due = {
            staged.final_key: (staged, each) for each in windows if each.pending for staged in each.pending.files
        }
        self._lenient = _lenient(windows)
        self._accounted = {*self._named, *self._due, *self._lenient}
        waiting = [row for row in rows if row.state not in CLOSED or row.failure]
        self._under_way = {row.key_prefix: row for row in waiting}
        # Landed hours are marked before their day is decided, and their files stay until then.
        self._marked = {hour.key_prefix for row in waiting for hour in row.marked_hours}
        self._blind_windows = {
            (each.row.key_prefix, each.row.live.generation) for each in windows if each.damage and each.row.live
        }
        self._blind_prefixes = {row.key_prefix for row in rows if row.unreadable}
        self._blind_places = {place for place, each in places.items() if each.damage}

    def compare(self) -> Comparison:
        """Runs the comparison."""
        self.result.damage += _joined(each.damage for each in self._windows if each.damage)
        self._lost_decisions()
        self._compaction_logs()
        self._named_files()
        self._due_files()
        self._shared_files()
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

    def _lost_decisions(self) -> None:
        """Decisions of files that windows share, if no row in the ledger names them."""
        reported = {damage.key for damage in self.result.damage}
        for decision in sorted({*self._shared.lost.values()} - reported):
            file = min(key for key, lost in self._shared.lost.items() if lost == decision)
            what = f"is gone or can't be read: it says whose rows are in shared files such as {file}"
            self._report(Kind.DECISION_GONE, decision, what, decision.split("/")[1])

    def _named_files(self) -> None:
        loose: dict[str, list[NamedFile]] = defaultdict(list)
        twice: dict[tuple[str, str], list[NamedFile]] = defaultdict(list)
        for part, file in self._named.items():
            place, holder = place_of(file.key), self._holders.get(part)
            if place in self._blind_places or part in self._lenient or file.key in self._shared.lost:
                continue
            if holder is None:
                loose[file.key].append(file)
            elif holder.final_key != file.key and file.key in self._there and not self._is_unfinished(place, file.key):
                twice[file.key, holder.final_key].append(file)
        for files in loose.values():
            self._check(_together(files))
        for (key, holder_key), files in twice.items():
            what, file = f"is there although its rows are in {holder_key}", _together(files)
            self._report(Kind.FILE_TWICE, key, what, file.table, file.windows)

    def _due_files(self) -> None:
        """The files of unapplied decisions: each is in its place, or still in staging."""
        gone: dict[str, list[NamedFile]] = defaultdict(list)
        for staged, each in self._due.values():
            holder = self._holders.get(staged.final_key)
            is_moved = holder and holder.final_key != staged.place  # other windows of its file were replaced meanwhile
            if not is_moved and self._exists.isdisjoint((staged.place, staged.staged_key)):
                gone[staged.place].append(_named_file(staged, each))
        for key, files in gone.items():
            file = _together(files)
            what = f"is neither in its place nor in staging: {_lost(file.rows, file.windows)}"
            self._report(Kind.FILE_GONE, key, what, file.table, file.windows, failed=True)

    def _shared_files(self) -> None:
        for key, file in self._shared.known.items():
            place = place_of(key)
            if not place or place in self._blind_places or self._may_be_missing(file):
                continue
            windows = tuple(sorted({name for part in file.parts if (name := self._window_of(part.key))}))
            self._check(NamedFile(key, file.size_bytes, file.rows, file.sha256, place.table, windows))
            if key in self._there:
                self._stale_parts(file, place, windows)

    def _may_be_missing(self, file: SharedFile) -> bool:
        """Whether a file that windows share is not there, and that is right."""
        if file.final_key in self._there:
            return False
        needed = (part.key in self._named and part.key not in self._lenient for part in file.parts)
        return file.staged_key in self._exists or not (is_compacted(file.final_key) or any(needed))

    def _stale_parts(self, file: SharedFile, place: Place, windows: tuple[WindowName, ...]) -> None:
        stale = []
        for part in file.parts:
            if part.key in self._accounted or self._is_blind(part.key):
                continue
            if version_of(part.key).prefix in self._rows:
                stale.append(part)
            else:
                self._orphan(part.key)
        if stale:
            rows = counted(sum(part.rows for part in stale), "row")
            what = f"has {rows} that no decision names any more, such as those of {stale[0].key}"
            self._report(Kind.FILE_STALE, file.final_key, what, place.table, windows)

    def _unnamed_files(self) -> None:
        named, due = {file.key for file in self._named.values()}, {staged.place for staged, _ in self._due.values()}
        known = {*named, *due, *self._lenient, *self._shared.known}
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
        open_decisions = {name for row in self._under_way.values() for name in row.decisions}
        for key in self._found.staged:
            shared = _STAGED_SHARED.fullmatch(key)
            has_attempt = shared[1] in open_decisions if shared else staged_prefix(key) in self._under_way
            if not (staged_at(key) or has_attempt or (shared and self._blind_prefixes)):
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
        """Whether it is not known if a file should exist: the decision about it is damaged, or has yet to be made."""
        if place_of(key) in self._blind_places and (is_shared(key) or parse_table_file(key)):
            return True
        if key in self._shared.lost or version_of(key).prefix in self._marked:
            return True
        return version_of(key) in self._blind_windows or version_of(key).prefix in self._blind_prefixes

    def _is_unfinished(self, place: Place | None, key: str) -> bool:
        """Whether a decided compaction still has to remove a file: it empties staging after that."""
        decision = self._places.get(place) if place else None
        live = decision.live if decision else None
        if live is None or key not in live.supersedes:
            return False
        if any(file.staged_key == key and file.final_key not in self._there for file in live.files):
            return True
        staged = (staged_at(staged_key) for staged_key in self._found.staged)
        return any(each and each[0] == place and each[1] <= live.number for each in staged)

    def _window_of(self, key: str) -> WindowName | None:
        """The window that has rows in the table under a final key."""
        row = self._rows.get(version_of(key).prefix)
        return row.name if row and row.live and row.live.generation == version_of(key).generation else None


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


def _named(decision: WindowDecision) -> Iterator[tuple[str, NamedFile]]:
    for staged in decision.current.files if decision.current else ():
        yield staged.final_key, _named_file(staged, decision)


def _named_file(staged: StagedFile, of: WindowDecision) -> NamedFile:
    return NamedFile(staged.place, staged.size_bytes, staged.rows, staged.sha256, of.row.table, (of.name,))


def _together(files: Sequence[NamedFile]) -> NamedFile:
    """What windows name of one file."""
    size_bytes, rows = sum(file.size_bytes for file in files), sum(file.rows for file in files)
    windows = tuple(sorted({name for file in files for name in file.windows}))
    return files[0]._replace(size_bytes=size_bytes, rows=rows, windows=windows)


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
