"""Finds windows that the lake has, and the ledger has no row of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, partial

from loglake.core.compaction.keys import Place, staging_of
from loglake.core.keys import OBJECT_LISTS, QUARANTINE, STAGING, TABLES, group_slug, parse_window_label
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.state_items import KEPT_FROM, WATERMARK, of_groups
from loglake.core.units import EPOCH, LogGroupName
from loglake.core.windows import Window, subtract
from loglake.kernels.parquet.footer import read_footer
from loglake.pipelines.object_lists import listed_group
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.verify.damage import Damage, Kind, named_windows
from loglake_cli.operations.verify.decisions import (
    Batches,
    PlaceDecision,
    WindowDecision,
    read_batches,
    read_places,
    read_windows,
    unnamed,
)
from loglake_cli.operations.verify.files import Found, SharedFiles, shared_files, staged_prefix, version_of
from loglake_cli.wording import counted


@dataclass(frozen=True)
class Survey:
    """The survey of a table.

    Attributes:
        rows: of the ledger, replaced ones included.
        known: the key prefixes of all rows, those of other tables included.
        batches: the decisions about windows.
        windows: what was decided about those of the rows that are not replaced.
        places: what is compacted, by partition.
        found: what is in the lake.
    """

    rows: Sequence[LedgerRow]
    known: Set[str]
    batches: Batches
    windows: Sequence[WindowDecision]
    places: Mapping[Place, PlaceDecision]
    found: Found

    @cached_property
    def shared(self) -> SharedFiles:
        """The files that windows share."""
        return shared_files(self.batches, self.windows, self.places, self.found.tables)

    @property
    def without_rows(self) -> dict[str, Manifest]:
        """What was decided last about windows that have no row, by key prefix."""
        decided: dict[str, Manifest] = {}
        for part in self.batches.parts():
            prefix = part.keys.prefix
            if prefix not in self.known:
                decided[prefix] = max(part, decided.get(prefix, part), key=lambda each: each.generation)
        return decided


def survey(evidence: Evidence, table: str) -> Survey:
    """Surveys a table, or all if the name is empty. Staging is read whole: its keys don't begin with a table."""
    lake, all_rows = evidence.lake, evidence.ledger.all_rows()
    rows = [row for row in all_rows if row.unreadable or table in {"", row.table}]
    below = f"{table}/" if table else ""
    prefixes = (f"{TABLES}{below}", f"{QUARANTINE}{below}", STAGING)
    tables, quarantine, staged = ({item.key: item.size_bytes for item in lake.list(each)} for each in prefixes)
    if table:
        mine = {f"_shared/{table}", *(row.key_prefix for row in rows)}
        staged = {
            key: size
            for key, size in staged.items()
            if staged_prefix(key) in mine or key.startswith(staging_of(table)) or f"/{TABLES}{table}/" in key
        }
    known = {row.key_prefix for row in all_rows}
    batches, found = read_batches(lake, table, all_rows, tables), Found(tables, quarantine, staged)
    return Survey(rows, known, batches, read_windows(rows, batches), read_places(lake, table), found)


@dataclass(frozen=True)
class LostWindow:
    """A window without a row.

    Attributes:
        prefix: its key prefix.
        files: its existing files, and the keys of its rows in files that windows share.
        manifest: its newest decision, if it says what became of the newest files.
        log_group: None if nothing says which one it is.
    """

    prefix: str
    window: Window
    files: tuple[str, ...]
    manifest: Manifest | None
    log_group: LogGroupName | None

    @property
    def slug(self) -> str:
        """The log group's slug."""
        return self.prefix.partition("/")[0]


def lost_windows(
    evidence: Evidence, there: Survey, orphans: Mapping[str, Sequence[str]], table: str
) -> Iterator[Damage]:
    """One damage for each lost window, or one for each of its files if a person has to decide about them.

    A window that another one holds is not lost, nor one whose time narrower ones have together: its rows are in these.

    Args:
        evidence: where everything is.
        there: what there is.
        orphans: keys of files by the key prefix of their window, which has no row.
        table: its name; empty means all.
    """
    sizes = {**there.found.tables, **there.found.quarantine}
    elsewhere = (key for prefix, files in orphans.items() if prefix in there.known for key in files)
    yield from (unnamed(key) for key in elsewhere if key in sizes)  # its row is of another table
    held: dict[str, list[Window]] = defaultdict(list)
    for row in there.rows:
        if row.live:
            held[row.keys.slug].append(row.window)
    # Landed hours whose rows have expired before a killed commit of their day goes on: its files replace theirs.
    marked = {(row.keys.slug, hour.window) for row in there.rows if not row.live for hour in row.marked_hours}
    lost = [each for each in _candidates(evidence, there, orphans) if (each.slug, each.window) not in marked]
    replaced = {(each.slug, inner.window) for each in lost if each.manifest for inner in each.manifest.replaces}
    stale, holders = dict[str, str](), there.shared.holders
    # Wider ones first: they hold the narrower ones.
    for each in sorted(lost, key=lambda each: each.window.from_ms - each.window.to_ms):
        is_replaced = (each.slug, each.window) in replaced
        if each.log_group and not is_replaced and not _is_held(each.window, held[each.slug]):
            held[each.slug].append(each.window)
            yield from _damage(each, each.log_group)
        else:
            yield from (unnamed(key) for key in each.files if key in sizes)
            stale |= {holders[key].final_key: key for key in each.files if key in holders}
    for key, part in stale.items():
        yield Damage(Kind.FILE_STALE, key, f"has rows of {part}, which another window replaced", key.split("/")[1])


def _is_held(window: Window, others: Iterable[Window]) -> bool:
    """Whether other windows have its time. Narrower ones that have a part of it don't have its other rows."""
    meeting = [other for other in others if other.meets(window)]
    return any(not window.holds(other) for other in meeting) or not subtract(window, meeting)


def _damage(lost: LostWindow, log_group: LogGroupName) -> Iterator[Damage]:
    name = (log_group, lost.window)
    if lost.manifest:
        what = f"names {named_windows([name])}, which has no row in the ledger"
        yield Damage(Kind.ROW_GONE, lost.manifest.key, what, lost.manifest.table, (name,))
        named = {staged.final_key for staged in lost.manifest.files}
        yield from (unnamed(key) for key in lost.files if key not in named)
        return
    newest = max(lost.files, key=lambda key: version_of(key).generation)
    what = (
        f"is of {named_windows([name])}, whose decision and row in the ledger are gone: "
        f"{counted(len(lost.files), 'file')} left"
    )
    yield Damage(Kind.WINDOW_GONE, newest, what, newest.split("/")[1], (name,))


def _candidates(evidence: Evidence, there: Survey, orphans: Mapping[str, Sequence[str]]) -> Iterator[LostWindow]:
    """Windows with files or decisions, and without a row."""
    names, kept_from = _Names(evidence, there), of_groups(evidence.ledger, KEPT_FROM)
    decided = {
        prefix: part
        for prefix, part in there.without_rows.items()
        if part.window.to_ms > kept_from.get(part.log_group, EPOCH)
    }
    for prefix in sorted({*(prefix for prefix in orphans if prefix not in there.known), *decided}):
        files, manifest = tuple(orphans.get(prefix, ())), decided.get(prefix)
        newest = max((version_of(key).generation for key in files), default=0)
        if manifest and manifest.generation < newest:
            manifest = None
        try:
            window = parse_window_label(prefix.partition("/")[2])
        except ValueError:
            continue
        yield LostWindow(prefix, window, files, manifest, manifest.log_group if manifest else names.of(prefix, files))


class _Names:
    """Finds the log group of a window's files: a slug does not say it, but shows whether a name is right."""

    def __init__(self, evidence: Evidence, there: Survey) -> None:
        names = {part.log_group for file in there.shared.known.values() for part in file.parts}
        names |= {row.log_group for row in there.rows}
        names |= set(of_groups(evidence.ledger, WATERMARK))
        self._known = {group_slug(group): group for group in names}
        self._lake, self._control = evidence.lake, evidence.control
        self._sizes = there.found.tables

    def of(self, prefix: str, files: Iterable[str]) -> LogGroupName | None:
        """The log group of a window."""
        slug = prefix.partition("/")[0]
        if slug not in self._known:
            said = next((group for group in self._said(slug, files) if group and group_slug(group) == slug), None)
            if said:
                self._known[slug] = said
        return self._known.get(slug)

    def _said(self, slug: str, files: Iterable[str]) -> Iterator[LogGroupName | None]:
        """What files say, and then lists of exported objects."""
        for key in files:
            if key in self._sizes:
                yield log_group_in(self._lake, key, self._sizes[key])
        for item in self._control.list(f"{OBJECT_LISTS}{slug}/"):
            yield listed_group(self._control.get(item.key))


def log_group_in(lake: ObjectStore, key: str, size_bytes: int) -> LogGroupName | None:
    """The one log group of all rows of a Parquet file, from its footer; None if it can't be read, or has several."""
    metadata = read_footer(partial(lake.read_part, key), size_bytes)
    names: set[object] = set()
    for group in map(metadata.row_group, range(metadata.num_row_groups)) if metadata else ():
        columns = map(group.column, range(group.num_columns))
        found = next((each.statistics for each in columns if each.path_in_schema == "log_group"), None)
        try:
            names |= {found.min, found.max} if found and found.has_min_max else {None}
        except (ValueError, TypeError):  # a foreign file: no text, or none that can be read
            return None
    name = names.pop() if len(names) == 1 else None
    return LogGroupName(name) if isinstance(name, str) else None
