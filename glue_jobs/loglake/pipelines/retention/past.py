"""Finds what is older than datasets keep it: days of tables and quarantine, windows, and raw objects. Changes nothing.

What leaves is read off the keys of what is there, not off what the ledger says: days and windows sort as time does, so
a listing ends at the first one that stays. So whatever a killed run has left is found again, and a day on which
nothing leaves costs a request per table and log group.

A partition leaves day by day, and each log group's files by its own dataset, also where a table has several. A window
leaves as a whole once its last day does. Files that no log group of a dataset wrote are left alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain, groupby
from typing import NamedTuple

from loglake.core.cloud_types import ObjectInfo
from loglake.core.compaction.keys import Place, decision_of_shared, is_compacted, place_of, staging_of
from loglake.core.keys import (
    COMMITS,
    EXPORTS,
    LANDING,
    OBJECT_LISTS,
    QUARANTINE,
    REMOVED,
    STAGING,
    TABLES,
    group_slug,
    landed_account,
    landed_group,
    landed_quarantine_file,
    parse_decision_key,
    time_of,
    window_of,
)
from loglake.core.landing.days import day_start
from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import UNDER_WAY, LedgerRow, WindowState
from loglake.core.log_groups import owned
from loglake.core.planning.passes import Pass, pass_at
from loglake.core.planning.settings import SETTLE_AFTER_HOURS
from loglake.core.ports.ledger import ConvertLedger
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.state_items import KEPT_FROM, LANDED_DAYS, SKIPPED, known_groups, of_groups, values
from loglake.core.units import EPOCH, MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window, day_end
from loglake.errors import NotFoundError, UnreadableItemError
from loglake.pipelines.commit.decisions import find_batch
from loglake.pipelines.compaction.eligibility import WAIT_MS
from loglake.pipelines.compaction.log import CompactionLog
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.side_by_side import for_each

_LOOKED_AT_DAYS = 4
"""An object is looked at on the day of its arrival, or some days later."""

Cuts = Mapping[str, EpochMs]
"""By the slug of a log group, the start of the first day that stays."""


Amount = Counter[str]
"""How much leaves: partitions (as a whole), files, file_bytes, quarantine_files, windows, raw_objects, raw_bytes."""


@dataclass(frozen=True)
class Places:
    """Where everything is: the ledger and the buckets."""

    ledger: ConvertLedger
    raw: ObjectStore
    lake: ObjectStore
    control: ObjectStore


@dataclass(frozen=True)
class Partition:
    """What leaves of a partition: rows of windows.

    Attributes:
        keys: final keys of these windows' files, whether they are files of their own or rows of a shared one.
        whole: nothing else is in the partition.
        unfinished: a killed run has decided about its shared files, and has yet to do it.
    """

    place: Place
    keys: tuple[str, ...]
    whole: bool
    unfinished: bool = False


@dataclass(frozen=True)
class Objects:
    """Objects that leave.

    Attributes:
        bucket: the name of one in `Places`.
        landed: what is known of landed objects whose quarantine they are.
    """

    bucket: str
    keys: tuple[str, ...]
    landed: tuple[LandedObject, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Rows of the ledger that leave, and those of windows that lose some of their days."""

    log_group: LogGroupName
    until_ms: EpochMs
    whole: tuple[LedgerRow, ...] = ()
    partly: tuple[LedgerRow, ...] = ()


@dataclass(frozen=True)
class Step:
    """Something that leaves, after all that comes before it.

    Attributes:
        name: the table; `LANDING` for landed objects, which are of several tables.
        amount: how much that is.
        what: what leaves, or why nobody knows.
    """

    name: str
    amount: Amount
    what: Partition | Objects | Rows | UnreadableItemError


class Series(NamedTuple):
    """Steps one after the other, and the slugs of the log groups that they are of."""

    slugs: Set[str]
    steps: Iterator[Step]


@dataclass(frozen=True)
class Past:
    """What is past by the datasets, at one time.

    Attributes:
        noted: all log groups that have a dataset, each with it.
        groups: those that lose something.
        busy: windows that something works on, by slug: they stay until it has ended.
        landed_waits: landed objects have yet to be looked at.
    """

    places: Places
    datasets: Datasets
    now_ms: EpochMs
    noted: Mapping[LogGroupName, Dataset]
    groups: Mapping[LogGroupName, Dataset]
    busy: Set[tuple[str, Window]]
    landed_waits: bool = False

    @staticmethod
    def read(places: Places, datasets: Datasets, now_ms: EpochMs, *, landed_waits: bool = False) -> Past:
        """Finds the log groups: those that the ledger has a note of, and those that a dataset names."""
        ledger = places.ledger
        noted = known_groups(ledger) | set(of_groups(ledger, KEPT_FROM))
        patterns = {pattern for each in datasets.entries for pattern in each.log_groups}
        named = {LogGroupName(pattern) for pattern in patterns if not set(pattern) & set("*?[")}
        every = {name: each for name in sorted(noted | named) if (each := datasets.find(name))}
        groups = {name: each for name, each in every.items() if each.retention_days or each.delete_raw_after}
        busy = {(row.keys.slug, row.window) for row in ledger.in_states(*UNDER_WAY)} if groups else set()
        return Past(places, datasets, now_ms, every, groups, busy, landed_waits)

    def phases(self) -> Iterator[list[Series]]:
        """All that leaves, phase by phase. Series of one phase have nothing to do with each other.

        Each step may be the last one before a crash. First a note of each log group says what is going. Rows of the
        ledger are the last of each log group: as long as they are there, another run begins again.
        """
        tables = dict(zip(self.groups, for_each(self._tables_of, self.groups)))
        yield [Series(frozenset(), iter([self._note(group)])) for group, mine in tables.items() if mine]
        cuts_of: dict[str, dict[str, EpochMs]] = defaultdict(dict)
        for group, mine in tables.items():
            for table in {self.groups[group].table_for(group), *mine} if self._cut(group) else ():
                cuts_of[table][group_slug(group)] = self._cut(group)
        yield [Series(cuts.keys(), self._of_table(table, cuts)) for table, cuts in sorted(cuts_of.items())]
        yield [Series({group_slug(group)}, self._of_group(group, each)) for group, each in self.groups.items()]
        rest = [self._decisions(table, cuts) for table, cuts in sorted(cuts_of.items())]
        rest += [self._removed(), self._landed(), self._landed_quarantine()]
        yield [Series(frozenset(), steps) for steps in rest]

    def amounts(self) -> dict[str, Amount]:
        """How much leaves, by the names of steps. Raises UnreadableItemError if nobody knows what leaves."""
        found: dict[str, Amount] = defaultdict(Amount)
        for phase in self.phases():
            for step in chain.from_iterable(for_each(lambda series: list(series.steps), phase)):
                if isinstance(step.what, UnreadableItemError):
                    raise step.what
                if step.amount:
                    found[step.name] += step.amount
        return dict(found)

    def _removed(self) -> Iterator[Step]:
        """What a person took out of the tables, as far as its key says whose it was."""
        cuts = {group_slug(group): self._cut(group) for group in self.groups}
        old = (item.key for item in (self.places.lake.list(REMOVED) if any(cuts.values()) else ()))
        yield from _objects(
            "", "lake", tuple(key for key in old if self._leaves(key[len(REMOVED) :].partition("/")[2], cuts))
        )

    def _cut(self, group: LogGroupName) -> EpochMs:
        return self.groups[group].kept_from(self.now_ms)

    def _note(self, group: LogGroupName) -> Step:
        return Step("", Amount(), Rows(group, self._cut(group)))

    def _tables_of(self, group: LogGroupName) -> set[str]:
        """The tables of a log group's windows with days that leave."""
        rows = self.places.ledger.rows_between(group, EPOCH, self._cut(group))
        return {row.table for row in rows if row.table}

    def _of_table(self, table: str, cuts: Cuts) -> Iterator[Step]:
        lake, until = self.places.lake, max(cuts.values())
        for place, items in groupby(_before(lake.list(f"{TABLES}{table}/"), until), lambda item: place_of(item.key)):
            try:
                if place:
                    yield from self._of_partition(place, list(items), cuts)
            except UnreadableItemError as error:  # the other partitions leave
                yield Step(table, Amount(), error)
        bad = _before(lake.list(f"{QUARANTINE}{table}/"), until)
        keys = tuple(item.key for item in bad if self._leaves(item.key, cuts))
        yield from _objects(table, "lake", keys, Amount(quarantine_files=len(keys)))
        for folder in (f"{COMMITS}_compacted/{table}/", staging_of(table)):
            for partition, items in groupby(_before(lake.list(folder), until), _partition):
                if not any(lake.list(f"{TABLES}{table}/{partition}/")):  # nothing is left to decide about
                    yield from _objects(table, "lake", tuple(item.key for item in items))

    def _decisions(self, table: str, cuts: Cuts) -> Iterator[Step]:
        """Decisions whose windows have left, with those of other log groups that they were decided with.

        Rows of repaired windows name others. Until its shared files have left, only this one says what they have.
        """
        lake = self.places.lake
        others = (each.kept_from(self.now_ms) for name, each in self.noted.items() if each.table_for(name) == table)
        for item in _before(lake.list(f"{COMMITS}{table}/"), min((*cuts.values(), *others))):
            found = parse_decision_key(item.key)
            batch = find_batch(lake, *found) if found else None
            if not batch or any(map(self._is_named, batch.windows)):
                continue
            if not any(lake.exists(file.final_key) for file in batch.shared_files):
                yield from _objects(table, "lake", (item.key,))

    def _is_named(self, part: Manifest) -> bool:
        """Whether a window's row is there and has the name of a decision."""
        try:
            return part.decision in self.places.ledger.row(*part.name).decisions
        except NotFoundError:
            return False

    def _of_partition(self, place: Place, items: Sequence[ObjectInfo], cuts: Cuts) -> Iterator[Step]:
        live, unfinished = None, False
        shared = {decision for item in items if (decision := decision_of_shared(item.key))}
        if shared or any(is_compacted(item.key) for item in items):
            live = CompactionLog(self.places.lake, place, "").read().live
        held = {file.final_key: [part.key for part in file.parts] for file in (live.files if live else ())}
        batches = [batch for name in shared if (batch := find_batch(self.places.lake, place.table, name))]
        parts_of = {file.final_key: [part.key for part in file.parts] for each in batches for file in each.shared_files}
        for item in items:
            if live and item.key in live.supersedes:
                unfinished = True
            else:
                held.setdefault(item.key, parts_of.get(item.key, [item.key]))
        leaving = {key for keys in held.values() for key in keys if self._leaves(key, cuts)}
        stays = {name for name, keys in held.items() if not leaving.issuperset(keys)}
        gone = [item.size_bytes for item in items if item.key not in stays]
        if leaving or unfinished:
            amount = Amount(partitions=int(not stays), files=len(gone), file_bytes=sum(gone))
            yield Step(place.table, amount, Partition(place, tuple(leaving), not stays, unfinished))

    def _leaves(self, key: str, cuts: Cuts) -> bool:
        name, time = window_of(key), time_of(key)
        return bool(name and time and name not in self.busy and time.to_ms <= cuts.get(name[0], EPOCH))

    def _of_group(self, group: LogGroupName, dataset: Dataset) -> Iterator[Step]:
        places, slug, cut, table = self.places, group_slug(group), self._cut(group), dataset.table_for(group)
        raw = list(self._raw(group, slug, cut))
        amount = Amount(raw_objects=len(raw), raw_bytes=sum(item.size_bytes for item in raw))
        yield from _objects(table, "raw", tuple(item.key for item in raw), amount)
        if not cut:
            return
        for bucket, store, folder in (("lake", places.lake, STAGING), ("control", places.control, OBJECT_LISTS)):
            found = (item.key for item in _before(store.list(f"{folder}{slug}/"), cut))
            keys = tuple(key for key in found if self._leaves(key, {slug: cut}))
            yield from _objects(table, bucket, keys)
        rows = places.ledger.rows_between(group, EPOCH, cut)
        # What was busy as its files were looked at kept them, and so its row.
        rows = [row for row in rows if not row.attempt and not row.unreadable and (slug, row.window) not in self.busy]
        whole = tuple(row for row in rows if row.window.to_ms <= cut)
        partly = tuple(row for row in rows if row.window.to_ms > cut and row.live)
        if rows:
            yield Step(table, Amount(windows=len(whole)), Rows(group, cut, whole, partly))

    def _raw(self, group: LogGroupName, slug: str, cut: EpochMs) -> Iterator[ObjectInfo]:
        """A log group's exported objects: of windows that leave, and of older ones that have settled."""
        until = self.groups[group].raw_kept_from(self.now_ms)
        listed = _before(self.places.raw.list(f"{EXPORTS}{slug}/"), until)
        done: list[Window] | None = None
        for name, items in groupby(listed, lambda item: window_of(item.key)):
            if not name or name in self.busy:
                continue
            if name[1].to_ms > cut and done is None:
                rows = self.places.ledger.rows_between(group, EPOCH, until)
                done = [row.window for row in rows if self._is_done(row)]
            if name[1].to_ms <= cut or any(window.holds(name[1]) for window in done or ()):
                yield from items

    def _is_done(self, row: LedgerRow) -> bool:
        """Whether a window is in the table and has settled, or is so old that it won't; with all windows inside it."""
        exported_ms = row.live.exported_at_ms if row.live else EPOCH
        settled = pass_at(exported_ms, row.window, SETTLE_AFTER_HOURS * MS_PER_HOUR) is not Pass.FRESH
        return row.state is WindowState.CONVERTED and (settled or self.now_ms >= day_end(row.window) + WAIT_MS)

    def _landed(self) -> Iterator[Step]:
        """Landed objects, if none waits and the whole ledger can be read: else nobody knows which ones are needed."""
        if self.landed_waits:
            return
        listed = self.places.raw.list(LANDING) if self.datasets.expire else ()
        found = [each for each in listed if each.changed_ms and day_start(each.changed_ms) < self._landed_cut(each.key)]
        needed = self._needed() if found else ()
        if self.places.ledger.unreadable:
            return
        found = [item for item in found if item.key not in needed]
        amount = Amount(raw_objects=len(found), raw_bytes=sum(item.size_bytes for item in found))
        yield from _objects(LANDING, "raw", tuple(item.key for item in found), amount)

    def _landed_cut(self, key: str) -> EpochMs:
        """From when on a landed object stays: by the log group in its key; else by the dataset that keeps longest.

        Two accounts may have a log group of that name, and a dataset each: then the longer time counts.
        """
        group = landed_group(key)
        if group:
            entries = [self.datasets.find(name) for name in {group, owned(landed_account(key), group)}]
        else:
            entries = [entry for entry in self.datasets.entries if not entry.is_exported]
        return min((entry.raw_kept_from(self.now_ms) for entry in entries if entry), default=EPOCH)

    def _landed_quarantine(self) -> Iterator[Step]:
        """Quarantine of landed objects, which is of no table: the dataset that keeps longest counts."""
        until = min((each.kept_from(self.now_ms) for each in self.datasets.entries if not each.is_exported), default=0)
        listed = self.places.lake.list(f"{QUARANTINE}_landing/") if until else ()
        old = {item.key: day_start(item.changed_ms) for item in listed if 0 < day_start(item.changed_ms) < until}
        days = {EpochMs(day - back * MS_PER_DAY) for day in old.values() for back in range(_LOOKED_AT_DAYS)}
        known = {
            landed_quarantine_file(each.key): each for day in sorted(days) for each in self.places.ledger.landed_on(day)
        }
        keys = tuple(key for key in old if key in known)
        if keys:
            what = Objects("lake", keys, tuple(known[key] for key in keys))
            yield Step(LANDING, Amount(quarantine_files=len(keys)), what)

    def _needed(self) -> set[str]:
        """Landed objects that stay, because something of them waits, failed, was skipped, or has still to settle."""
        ledger = self.places.ledger
        needed = {known.key for known in ledger.open_landed()}
        for day in {day for note in values(ledger, SKIPPED).values() for day in note.days}:
            needed |= {known.key for known in ledger.landed_on(day) if known.skipped_groups}
        rows = ledger.in_states(*UNDER_WAY, WindowState.FAILED)
        for note in values(ledger, LANDED_DAYS).values():
            for day in note.days:
                rows += ledger.rows_between(note.log_group, day, EpochMs(day + MS_PER_DAY))
        for row in rows:
            leaves = row.log_group in self.groups and row.window.to_ms <= self._cut(row.log_group)
            if row.landed and not leaves:
                needed.update(raw.key for raw in read_object_list(self.places.control, row))
        return needed


def _partition(item: ObjectInfo) -> str:
    """The partition in a key that has one: ``dt=2026-11-21/hour=08``."""
    return "/".join(part for part in item.key.split("/") if part.startswith(("dt=", "hour=")))


def _objects(name: str, bucket: str, keys: tuple[str, ...], amount: Amount | None = None) -> Iterator[Step]:
    if keys:
        yield Step(name, amount or Amount(), Objects(bucket, keys))


def _before(items: Iterable[ObjectInfo], until_ms: EpochMs) -> Iterator[ObjectInfo]:
    """The objects of an ordered listing whose time is over before a time; nothing is listed beyond that."""
    for item in items:
        time = time_of(item.key)
        if time and time.from_ms >= until_ms:
            return
        if time and time.to_ms <= until_ms:
            yield item
