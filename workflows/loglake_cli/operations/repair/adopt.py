"""Restores a window without a row: from its decision, else from its raw objects, else from its files as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from loglake.core.accounting import Accounting
from loglake.core.keys import EXPORTS, LANDING, OBJECT_LISTS, parse_export_key
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import Attempt, Current, LedgerRow, Version, WindowState
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.schema.conversion import StagedFile
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window, WindowName
from loglake.pipelines.object_lists import object_list_body, parse_object_list
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.repair.restore import OWNER, existing_files, raw_objects, rows_by_source
from loglake_cli.operations.verify.files import version_of
from loglake_cli.operations.verify.lost import Survey, log_group_in


@dataclass(frozen=True)
class Adoption:
    """How a lost window comes back.

    Attributes:
        row: the new one; it has an attempt if the window is converted again.
        batch: the decision if it is written again.
        lists: lists of raw objects to write, by key.
        copies: from staging to the table, because a commit was decided and not completed.
    """

    row: LedgerRow
    batch: Batch | None = None
    lists: Mapping[str, bytes] = field(default_factory=dict)
    copies: tuple[tuple[str, str], ...] = ()

    def write(self, deployment: Deployment) -> bool:
        """Writes all of it, the row last: until then the next verification finds the window again.

        False if another run has added a row meanwhile: its window may have the rows.
        """
        if holder_of(deployment, self.row.log_group, self.row.window):
            return False
        for source, key in self.copies:
            deployment.lake.copy(source, key)
        for key, body in self.lists.items():
            deployment.control.put(key, body)
        if self.batch:
            deployment.lake.put(self.batch.key, self.batch.to_bytes())
        return deployment.ledger.add(self.row)


def holder_of(deployment: Deployment, log_group: LogGroupName, window: Window) -> LedgerRow | None:
    """The row that has a window's time, or is about to have it; None if the window can come back."""
    rows = (row for row in deployment.ledger.rows(log_group) if row.window.meets(window))
    return next((row for row in rows if row.window == window or row.live or row.attempt or row.unreadable), None)


@dataclass(frozen=True)
class _Raw:
    """Raw objects, and the task that exported them; empty if they were landed."""

    task_id: str
    objects: tuple[RawObject, ...]

    def version(self, generation: int) -> Version:
        """The version that is made from them."""
        return Version(
            generation,
            self.task_id,
            objects=len(self.objects),
            size_bytes=sum(raw.size_bytes for raw in self.objects),
            digest=objects_digest(self.objects),
            landed=any(raw.key.startswith(LANDING) for raw in self.objects),
        )


class Adopter:
    """Plans how lost windows come back; changes nothing."""

    def __init__(self, there: Survey, evidence: Evidence, now_ms: EpochMs) -> None:
        self._there = there
        self._evidence = evidence
        self._now_ms = now_ms

    def adopt(self, name: WindowName, prefix: str, decided: Manifest | None, schema_version: int) -> Adoption | None:
        """The plan for a window; None if neither its raw objects nor its rows can be read.

        A window whose decision is made from its files is converted again if its raw objects are there: nobody knows
        whether files are missing.

        Args:
            name: log group and window.
            prefix: its key prefix.
            decided: its decision, if there is one.
            schema_version: the newest one of its table, because the files' own is not known any more.
        """
        lists = self._lists(prefix)
        if decided and decided.owner != OWNER:
            staged = [(each.staged_key, each.place) for each in decided.files]
            copies = tuple(pair for pair in staged if pair[0] in self._there.found.staged)
            return Adoption(self._row(decided, lists, self._last(decided, lists)), copies=copies)
        manifest = self._from_files(name, prefix, schema_version) or decided
        if manifest is None:
            return None
        if manifest.generation not in lists:
            manifest = replace(manifest, objects=rows_by_source(manifest, self._there, self._evidence.lake))
        others = (key for key in self.files(prefix) if key not in {each.final_key for each in manifest.files})
        batch = Batch.alone(replace(manifest, supersedes=tuple(others), read_digest=""))
        manifest = batch.windows[0]
        newest = self._last(manifest, lists)
        raw = self._raw(manifest, lists)
        if raw is None:
            return Adoption(self._row(manifest, lists, newest), batch) if manifest.files else None
        row = self._row(manifest, lists, newest)
        attempt = Attempt.of(raw.version(newest + 1), state=WindowState.EXPORTED)
        row = replace(row, generation=newest + 1, attempt=attempt)
        body = object_list_body(row.log_group, raw.task_id, raw.objects)
        return Adoption(row, batch, {row.keys.object_list: body})

    def _from_files(self, name: WindowName, prefix: str, schema_version: int) -> Manifest | None:
        """The decision that the readable files of the generation with the most rows would have, or the newest."""
        log_group, window = name
        generations: dict[int, list[StagedFile]] = defaultdict(list)
        for key in self.files(prefix):
            generations[version_of(key).generation]  # one without a readable file counts too
        for staged in existing_files(prefix, self._there, self._evidence.lake):
            size = self._there.found.tables.get(staged.final_key)
            if size is None or log_group_in(self._evidence.lake, staged.final_key, size) == log_group:
                generations[version_of(staged.final_key).generation].append(staged)
        if not generations:
            return None
        rows = {number: sum(each.rows for each in files if each.partition) for number, files in generations.items()}
        generation = max(generations, key=lambda number: (rows[number], number))
        files = tuple(generations[generation])
        entries = sum(each.rows for each in files if not each.partition)
        table = next(each.split("/")[1] for each in self.files(prefix) if version_of(each).generation == generation)
        return Manifest(
            log_group,
            window,
            generation,
            table,
            OWNER,
            schema_version,
            files,
            Accounting(rows[generation] + entries, rows[generation], entries),
            key_prefix=prefix,
        )

    def files(self, prefix: str) -> list[str]:
        """The existing files of a window, and the keys of its rows in files that windows share."""
        keys = dict.fromkeys([*self._there.found.tables, *self._there.found.quarantine, *self._there.shared.holders])
        return [key for key in keys if version_of(key).prefix == prefix]

    def _row(self, manifest: Manifest, lists: Mapping[int, _Raw], generation: int) -> LedgerRow:
        """The row of a decision. When its raw objects were exported is not known any more."""
        noted = lists.get(manifest.generation)
        version = noted.version(manifest.generation) if noted else Version(manifest.generation)
        landed = version.landed or any(key.startswith(LANDING) for key in manifest.objects)
        current = Current.of(
            version,
            landed=landed,
            accounting=manifest.accounting,
            partitions=manifest.partitions,
            events_before=manifest.events_before,
            table_files=manifest.table_files,
            table_bytes=manifest.table_bytes,
            decision=manifest.digest,
        )
        return LedgerRow(
            manifest.log_group,
            manifest.window,
            manifest.table,
            manifest.keys.prefix,
            generation=generation,
            updated_at_ms=self._now_ms,
            current=current,
            decisions=(manifest.decision,),
        )

    def _last(self, manifest: Manifest, lists: Mapping[int, _Raw]) -> int:
        """The generation before the first one that has no list, no file and no decision, such as a closed one."""
        prefix = manifest.keys.prefix
        decided = {each.generation for each in self._there.batches.parts() if each.keys.prefix == prefix}
        taken = {*lists, *decided, *(version_of(key).generation for key in self.files(prefix))}
        return next(number for number in count(manifest.generation) if number + 1 not in taken)

    def _lists(self, prefix: str) -> dict[int, _Raw]:
        """The lists of raw objects that can be read, by generation."""
        found = {}
        for item in self._evidence.control.list(f"{OBJECT_LISTS}{prefix}/g"):
            number = item.key.rpartition("/g")[2].removesuffix(".json")
            raw = parse_object_list(self._evidence.control.get(item.key))
            if raw and number.isdecimal():
                found[int(number)] = _Raw(raw[0], tuple(raw[1]))
        return found

    def _raw(self, manifest: Manifest, lists: Mapping[int, _Raw]) -> _Raw | None:
        """The raw objects of a window if all are there: those of its files, else the newest ones."""
        numbers = sorted(lists, key=lambda number: (number == manifest.generation, number), reverse=True)
        listed = (lists[number] for number in numbers)
        exists = self._evidence.raw.exists
        whole = next((raw for raw in listed if raw.objects and all(exists(each.key) for each in raw.objects)), None)
        return whole or (None if lists else self._unlisted(manifest))

    def _unlisted(self, manifest: Manifest) -> _Raw | None:
        """What the raw bucket has of a window without a list; None if that may not be all."""
        listed = self._evidence.raw.list(f"{EXPORTS}{manifest.keys.prefix}/")
        tasks = {key.task_id for item in listed if (key := parse_export_key(item.key))}
        used = {key.task_id for key in map(parse_export_key, manifest.objects) if key}
        landed = [key for key in manifest.objects if key.startswith(LANDING)]
        chosen = used or (tasks if not landed else set())
        if len(chosen) > 1 or not chosen <= tasks:
            return None
        objects = raw_objects(manifest, chosen, self._there, self._evidence)
        is_whole = objects and {*landed} <= {raw.key for raw in objects}
        return _Raw("".join(chosen), tuple(objects)) if is_whole else None
