"""Compares the ledger and its decisions with the lake, its staging and quarantine, and the catalog."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from typing import Any, Callable

from loglake.core.keys import LANDING, QUARANTINE, landed_quarantine_file
from loglake.core.landing.objects import LandedState
from loglake.core.ledger.row import LedgerRow, Version, WindowState
from loglake.core.ports.objects import ObjectStore
from loglake.core.state_items import CATALOG_GAP, KEPT_FROM, KINDS, of_groups, values
from loglake.core.units import EPOCH
from loglake.errors import DamagedListError, NotFoundError, UnreadableItemError
from loglake.kernels.quarantine import read_entries
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.side_by_side import for_each
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.verify.catalog import Committed, check_catalog, check_schemas, second_tables
from loglake_cli.operations.verify.content import OnPart, check_contents
from loglake_cli.operations.verify.damage import Damage, Kind, Repair, Verification, named_windows
from loglake_cli.operations.verify.decisions import WindowDecision, unnamed
from loglake_cli.operations.verify.files import FileCheck, Found
from loglake_cli.operations.verify.lost import lost_windows, survey
from loglake_cli.wording import counted, no_table


def verify(
    evidence: Evidence, table: str = "", *, deep: bool = False, on_part: OnPart = lambda done, of: None
) -> Verification:
    """Checks a table, or everything; changes nothing.

    Jobs may be at work meanwhile: each finding is checked a second time, and counts if it is still so.

    Args:
        evidence: where everything is.
        table: its name; empty means everything, including what belongs to no table.
        deep: read every byte, and not only sizes and footers.
        on_part: called with the number of checked files and of all.

    Raises:
        ConfigError: there is no such table.
    """
    found = _look(evidence, table, deep=deep, on_part=on_part)
    if not found.damage or not evidence.changes:
        return found
    first = set(found.damage)
    again = _look(evidence, table, deep=deep, only={damage.key for damage in first})
    return replace(found, damage=tuple(damage for damage in again.damage if damage in first))


def _look(
    evidence: Evidence,
    table: str,
    *,
    deep: bool,
    only: Collection[str] | None = None,
    on_part: OnPart = lambda done, of: None,
) -> Verification:
    """One check of everything; `only` has the keys of the files to read, or None for all."""
    there = survey(evidence, table)
    compared = FileCheck(there.rows, there.windows, there.places, there.found, there.shared).compare()
    present = [file for file in compared.present if only is None or file.key in only]
    lost = list(lost_windows(evidence, there, compared.orphans, table))
    if table and not (there.found.tables or lost or any(row.table == table for row in there.rows)):
        raise no_table(table, (row.table for row in evidence.ledger.all_rows()))
    damage = [
        *compared.damage,
        *lost,
        *check_contents(present, evidence.lake, deep=deep, on_part=on_part),
        *_lists(there.windows, evidence.control),
        *(() if table else _landed_quarantine(evidence, there.found, deep=deep)),
        *_tables(evidence, there.windows),
        *_unreadable(evidence, {row.table for row in there.rows}, alone=table),
    ]
    kept_from = of_groups(evidence.ledger, KEPT_FROM)
    leaving = {row.name for row in there.rows if row.has_days_before(kept_from.get(row.log_group, EPOCH))}
    damage = [each for each in damage if not each.windows or set(each.windows) - leaving]
    return Verification(
        tuple(sorted(damage, key=lambda each: (each.key, each.kind.label))),
        windows=sum(each.row.live is not None for each in there.windows),
        files=len(compared.present),
        size_bytes=sum(file.size_bytes for file in compared.present),
        undigested=sum(not file.sha256 for file in compared.present),
        deep=deep,
    )


def _lists(windows: Sequence[WindowDecision], control: ObjectStore) -> list[Damage]:
    """Lists of raw objects that differ from the ledger's note: their windows can't be converted again."""
    versions = [(each.row, version) for each in windows for version in _listed_versions(each.row)]
    return list(filter(None, for_each(lambda pair: _list(pair[0], pair[1], control), versions)))


def _listed_versions(row: LedgerRow) -> Iterator[Version]:
    """Current versions, and pending conversions: these need their lists. A restored row may have noted none."""
    if row.live and (row.live.objects or row.live.digest):
        yield row.live
    if row.state in {WindowState.EXPORTED, WindowState.CONVERTING}:
        yield row.trying


def _list(row: LedgerRow, version: Version, control: ObjectStore) -> Damage | None:
    try:
        read_object_list(control, row, version)
    except NotFoundError:
        kind, what = Kind.LIST_GONE, f"is gone: it has the raw objects of {named_windows([row.name])}"
    except DamagedListError as error:
        kind, what = Kind.LIST_OTHER, f"has {error.found}, and the ledger noted {error.noted}"
    else:
        return None
    return Damage(kind, row.keys_at(version.generation).object_list, what, row.table, (row.name,))


def _landed_quarantine(evidence: Evidence, there: Found, *, deep: bool) -> Iterator[Damage]:
    """The quarantine of landed objects, which belongs to no table: no decision says what its files are."""
    known = {landed_quarantine_file(each.key): each for each in evidence.ledger.landed_objects()}
    for key, landed in known.items():
        is_due = landed.state is LandedState.SCANNED and landed.quarantined > landed.left_out
        if is_due and not there.quarantine.get(key):  # an empty one has nothing either
            yield Damage(Kind.FILE_GONE, key, f"is gone: it has what could not be read of {landed.key}")
        elif is_due and deep and _sources(evidence.lake.get(key)) != {landed.key: landed.quarantined - landed.left_out}:
            yield Damage(Kind.FILE_ROWS, key, f"has other entries than the scan of {landed.key} counted", deep=True)
    left = [key for key in there.quarantine if key.startswith(f"{QUARANTINE}_landing/") and key not in known]
    # A scan writes its file before the ledger knows the object.
    unknown = {landed_quarantine_file(item.key) for item in evidence.raw.list(LANDING)} if left else set()
    yield from (unnamed(key) for key in left if key not in unknown)


def _sources(content: bytes) -> dict[str, int]:
    """How many entries a quarantine file has of each raw object; none if it can't be read."""
    try:
        return Counter(entry["source"] for entry in read_entries(content))
    except (ValueError, KeyError, TypeError, RecursionError, zlib.error):
        return {}


def _tables(evidence: Evidence, windows: Sequence[WindowDecision]) -> Iterator[Damage]:
    """The schemas of tables, and their entries in the catalog."""
    # A kept local run gets no crawl by itself; its notes stay until the next run.
    gaps = values(evidence.ledger, CATALOG_GAP) if evidence.changes else {}
    tables: dict[str, list[WindowDecision]] = defaultdict(list)
    for each in windows:
        tables[each.row.table].append(each)
    for table, mine in sorted(tables.items()):
        with suppress(UnreadableItemError):  # its schema is reported
            committed = Committed(table, mine, evidence.ledger.history(table), gaps.get(table), evidence.lake.bucket)
            yield from check_schemas(committed, evidence.ledger.unreadable)
            if evidence.catalog:
                yield from check_catalog(committed, evidence.catalog.table(table))
                others = (each for each in evidence.catalog.tables() if each["Name"] not in tables)
                yield from second_tables(table, evidence.lake.bucket, others)


def _unreadable(evidence: Evidence, tables: Set[str], *, alone: str) -> Iterator[Damage]:
    """Unreadable items of the ledger's table; for one table, only rows and schemas."""
    evidence.load(tables, () if alone else KINDS)
    for key, item in evidence.ledger.unreadable.items():
        yield Damage(Kind.ITEM_UNREADABLE, key, f"can't be read: {item.reason}", alone)


SHOWN = 20
"""How many damages per command are printed; `--json` has all."""


def lines(found: Verification, fix: Callable[[Damage], str]) -> list[str]:
    """The text: what is wrong, below the command that repairs it, and a summary line."""
    by_fix: dict[str, list[Damage]] = defaultdict(list)
    for damage in sorted(found.damage, key=lambda each: list(Repair).index(each.kind.repair)):
        by_fix[fix(damage)].append(damage)
    told = []
    for how, mine in by_fix.items():
        told.append(f"To repair this: {how}")
        told += [f"  {damage.key} {damage.what}" for damage in mine[:SHOWN]]
        told += [f"  ... and {len(mine) - SHOWN:,} more; --json has all"] if len(mine) > SHOWN else []
    return [*told, summary(found)]


def summary(found: Verification) -> str:
    """What was checked, how, and how much is wrong, in one line."""
    how = "every byte" if found.deep else "sizes and row counts"
    windows = f"{counted(found.windows, 'window')}, " if found.windows else ""
    looked = f"{windows}{counted(found.files, 'file')}, {found.size_bytes:,} bytes: {how}"
    older = ""
    if found.deep and found.undigested:
        one = found.undigested == 1
        older = f" {counted(found.undigested, 'file')} {'has' if one else 'have'} no checksum, since an older version "
        older += f"wrote {'it' if one else 'them'}: {'it was' if one else 'they were'} decoded instead."
    wrong = counted(len(found.damage), "thing") + (" is" if len(found.damage) == 1 else " are")
    verdict = f"{wrong} not as it should be." if found.damage else "All is as it should be."
    return f"Looked at {looked}. {verdict}{older}"


def document(found: Verification, fix: Callable[[Damage], str]) -> dict[str, Any]:
    """The verification as one JSON-ready document."""
    return {
        "deep": found.deep,
        "windows": found.windows,
        "files": found.files,
        "bytes": found.size_bytes,
        "without_checksum": found.undigested,
        "damage": [{**damage.to_json(), "fix": fix(damage)} for damage in found.damage],
    }
