"""Commits happen exactly once, despite crashes, late wake-ups and repetitions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from support.fakes.fakes import START_MS, ManualClock, MemoryLedger
from support.fakes.stores import MemoryStore
from support.worlds.claiming import claim
from support.worlds.committers import SCHEMA, committer_of
from support.worlds.ledger_rows import ledger_row, moved

from loglake.core.accounting import Accounting
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import Attempt, LedgerRow, WindowState
from loglake.core.schema.conversion import BundleResult, StagedFile
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import LeaseLostError, PermanentError, UnbalancedError
from loglake.pipelines.commit.decisions import newest_commit
from loglake.pipelines.commit.leases import Leases, leases_until

pytestmark = pytest.mark.unit

GROUP = LogGroupName("/app/shop")
WINDOW = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
EXPORTED = ledger_row(GROUP, WINDOW, "shop", WindowState.EXPORTED)
LEASE_S = 3600.0
CHANGES = ["put_new manifest", "copy 1", "copy 2", "delete 1", "delete 2", "delete 3"]
"""What a commit of two files changes in the lake, in order."""


class CrashError(Exception):
    """Stands for a SIGKILL; nothing handles it."""


class CrashingStore(MemoryStore):
    """Dies before the n-th change of the bucket."""

    def __init__(self, bucket: str) -> None:
        super().__init__(bucket)
        self.changes_left: int | None = None

    def _change(self) -> None:
        if self.changes_left == 0:
            raise CrashError
        if self.changes_left:
            self.changes_left -= 1

    def put_new(self, key: str, body: bytes) -> None:
        self._change()
        super().put_new(key, body)

    def copy(self, source_key: str, key: str) -> None:
        self._change()
        super().copy(source_key, key)

    def delete(self, keys: object) -> None:
        for key in list(keys):  # type: ignore[call-overload]
            self._change()
            super().delete([key])


@pytest.fixture
def lake() -> CrashingStore:
    return CrashingStore("lake")


@pytest.fixture
def ledger() -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.add(EXPORTED)
    return ledger


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def leases(ledger: MemoryLedger, clock: ManualClock) -> Callable[[str], Leases]:
    """Leases without the renewing thread; tests renew them."""
    return lambda owner: Leases(ledger, clock, owner, LEASE_S)


def claimed_by(leases: Leases, row: LedgerRow = EXPORTED) -> LedgerRow:
    """A window that a converter has claimed."""
    claimed = claim(leases, row)
    assert claimed is not None
    return claimed


def stage(lake: MemoryStore, row: LedgerRow, bundles: int = 2, rows: int = 3) -> list[BundleResult]:
    """Stages files as converting would, and returns the results, the last bundle first."""
    results = []
    for number in range(bundles):
        final = row.keys.table_file("shop", "dt=2026-11-21", number)
        staged = row.keys.staged(f"{row.trying.owner}-{row.version}", final)
        lake.put(staged, f"bundle {number} of generation {row.generation}".encode())
        files = (StagedFile(staged, final, rows, 10, "dt=2026-11-21"),)
        results.append(BundleResult(GROUP, WINDOW, number, files, Accounting(events_in=rows, rows_out=rows)))
    return results[::-1]


def next_generation(row: LedgerRow, generation: int = 2) -> LedgerRow:
    """A row that another export has begun for; it may have fewer events."""
    return row.begin(Attempt(generation, state=WindowState.EXPORTED, accepts_fewer=True), START_MS)


def tables(lake: MemoryStore) -> Iterator[str]:
    return (item.key for item in lake.list("tables/"))


def assert_committed(lake: MemoryStore, ledger: MemoryLedger, generation: int = 1, files: int = 2) -> None:
    row = ledger.stored[GROUP, WINDOW]
    assert row.state is WindowState.CONVERTED
    assert row.accounting == Accounting(events_in=3 * files, rows_out=3 * files)
    assert row.current
    assert row.current.partitions == ("dt=2026-11-21",)
    assert (row.attempt, row.generation, row.current.generation) == (None, generation, generation)
    assert [lake.get(key) for key in tables(lake)] == [
        f"bundle {number} of generation {generation}".encode() for number in range(files)
    ]
    assert list(lake.list("staging/")) == []


def test_a_commit_moves_staged_files_to_the_table(
    lake: CrashingStore, ledger: MemoryLedger, leases: Callable[[str], Leases]
) -> None:
    mine = leases("a")
    row = claimed_by(mine)
    committer_of(lake, mine, "a").commit(row, stage(lake, row), SCHEMA)
    assert_committed(lake, ledger)


@pytest.mark.parametrize("survived", range(6), ids=[*CHANGES[:5], "after the last change"])
def test_a_crash_before_any_change_is_rolled_forward_by_the_next_converter(
    survived: int, lake: CrashingStore, ledger: MemoryLedger, clock: ManualClock, leases: Callable[[str], Leases]
) -> None:
    mine = leases("a")
    row = claimed_by(mine)
    results = stage(lake, row)
    lake.changes_left = survived
    if survived < 5:  # manifest, two copies, two staged files removed
        with pytest.raises(CrashError):
            committer_of(lake, mine, "a").commit(row, results, SCHEMA)
    else:
        committer_of(lake, mine, "a").commit(row, results, SCHEMA)
        assert_committed(lake, ledger)
        return
    lake.changes_left = None
    clock.sleep(LEASE_S)
    others = leases("b")
    taken = claimed_by(others, ledger.stored[GROUP, WINDOW])
    committer = committer_of(lake, others, "b")
    manifest = committer.decided(taken)
    assert (manifest is not None) is (survived > 0)
    if manifest:
        committer.roll_forward(taken, manifest)
    else:
        committer.commit(taken, stage(lake, taken), SCHEMA)
    assert_committed(lake, ledger)


def test_a_lease_is_taken_over_only_once_it_ran_out(
    ledger: MemoryLedger, clock: ManualClock, leases: Callable[[str], Leases]
) -> None:
    assert claim(leases("a"), EXPORTED) is not None
    row = ledger.stored[GROUP, WINDOW]
    assert claim(leases("b"), EXPORTED) is None
    assert claim(leases("b"), row) is None
    clock.sleep(LEASE_S)
    taken = claim(leases("b"), row)
    assert taken is not None
    assert taken.trying.owner == "b"


def test_a_converter_that_wakes_up_after_its_lease_changes_nothing(
    lake: CrashingStore, ledger: MemoryLedger, clock: ManualClock, leases: Callable[[str], Leases]
) -> None:
    mine, others = leases("a"), leases("b")
    row = claimed_by(mine)
    results = stage(lake, row)
    clock.sleep(LEASE_S)
    taken = claimed_by(others, ledger.stored[GROUP, WINDOW])
    committer_of(lake, others, "b").commit(taken, stage(lake, taken, bundles=1), SCHEMA)
    with pytest.raises(LeaseLostError, match="another converter took it over"):
        committer_of(lake, mine, "a").commit(row, results, SCHEMA)
    with pytest.raises(LeaseLostError, match="ran out"):
        mine.give_back(row)
    assert_committed(lake, ledger, files=1)


def test_a_converter_stopped_before_its_copies_cant_bring_back_what_was_superseded(
    lake: CrashingStore, ledger: MemoryLedger, clock: ManualClock, leases: Callable[[str], Leases]
) -> None:
    mine, others = leases("a"), leases("b")
    row = claimed_by(mine)
    lake.changes_left = 1
    with pytest.raises(CrashError):  # the manifest is written, nothing is copied
        committer_of(lake, mine, "a").commit(row, stage(lake, row), SCHEMA)
    lake.changes_left = None
    clock.sleep(LEASE_S)
    taken = claimed_by(others, ledger.stored[GROUP, WINDOW])
    committer = committer_of(lake, others, "b")
    first = committer.decided(taken)
    assert first is not None
    committer.roll_forward(taken, first)
    done = ledger.stored[GROUP, WINDOW]
    for state, changes in (
        (WindowState.EXPORTING, {"accepts_fewer": True}),
        (WindowState.EXPORTED, {}),
    ):
        done = moved(done, state, clock.now_ms(), **changes)
        ledger.replace(done)
    again = claim(others, done)
    assert again is not None
    committer.commit(again, stage(lake, again, bundles=1), SCHEMA)
    assert_committed(lake, ledger, generation=2, files=1)
    with pytest.raises(LeaseLostError):
        committer_of(lake, mine, "a").roll_forward(row, first)
    assert_committed(lake, ledger, generation=2, files=1)


def test_what_the_newest_committed_generation_wrote_is_superseded(
    lake: CrashingStore, ledger: MemoryLedger, leases: Callable[[str], Leases]
) -> None:
    """Generation 2 failed before it was committed, so generation 3 replaces generation 1."""
    mine = leases("a")
    row = claimed_by(mine)
    committer = committer_of(lake, mine, "a")
    committer.commit(row, stage(lake, row), SCHEMA)
    again = next_generation(ledger.stored[GROUP, WINDOW], 3)
    ledger.stored[GROUP, WINDOW] = again
    claimed = claimed_by(mine, again)
    committer.commit(claimed, stage(lake, claimed, bundles=1), SCHEMA)
    assert_committed(lake, ledger, generation=3, files=1)


def test_a_converter_of_an_older_generation_cant_bring_its_files_back(
    lake: CrashingStore, ledger: MemoryLedger, leases: Callable[[str], Leases]
) -> None:
    mine, others = leases("a"), leases("b")
    row = claimed_by(mine)
    lake.changes_left = 1
    with pytest.raises(CrashError):  # the manifest is written, nothing is copied
        committer_of(lake, mine, "a").commit(row, stage(lake, row), SCHEMA)
    lake.changes_left = None
    again = next_generation(mine.give_back(row))
    ledger.stored[GROUP, WINDOW] = again
    claimed = claim(others, again)
    assert claimed is not None
    committer = committer_of(lake, others, "b")
    committer.commit(claimed, stage(lake, claimed, bundles=1), SCHEMA)
    first = newest_commit(lake, row)
    assert first is not None
    with pytest.raises(LeaseLostError):
        committer_of(lake, mine, "a").roll_forward(row, first)
    assert_committed(lake, ledger, generation=2, files=1)


@pytest.mark.parametrize("survived", range(1, 6), ids=CHANGES[1:])
def test_a_generation_that_was_never_rolled_forward_is_superseded_with_all_that_it_supersedes(
    survived: int, lake: CrashingStore, ledger: MemoryLedger, leases: Callable[[str], Leases]
) -> None:
    """Its converter gave the window back, and a landed object started the next generation."""
    mine = leases("a")
    row = claimed_by(mine)
    committer_of(lake, mine, "a").commit(row, stage(lake, row), SCHEMA)
    for generation in (2, 3):
        again = next_generation(mine.give_back(row) if generation == 3 else ledger.stored[GROUP, WINDOW], generation)
        ledger.stored[GROUP, WINDOW] = again
        row = claimed = claimed_by(mine, again)
        results = stage(lake, claimed)
        if generation == 2:
            lake.changes_left = survived  # the manifest, two copies, and some of what is removed
            with pytest.raises(CrashError):
                committer_of(lake, mine, "a").commit(claimed, results, SCHEMA)
            lake.changes_left = None
        else:
            committer_of(lake, mine, "a").commit(claimed, results, SCHEMA)
    assert_committed(lake, ledger, generation=3)


def test_of_two_manifests_the_first_decides(
    lake: CrashingStore, ledger: MemoryLedger, leases: Callable[[str], Leases]
) -> None:
    mine = leases("a")
    row = claimed_by(mine)
    committer = committer_of(lake, mine, "a")
    lake.changes_left = 1
    with pytest.raises(CrashError):
        committer.commit(row, stage(lake, row), SCHEMA)
    lake.changes_left = None
    committer.commit(row, stage(lake, row, bundles=1), SCHEMA)
    assert_committed(lake, ledger, files=2)


def test_counts_that_do_not_balance_are_never_committed(
    lake: CrashingStore, ledger: MemoryLedger, leases: Callable[[str], Leases]
) -> None:
    mine = leases("a")
    row = claimed_by(mine)
    lost = BundleResult(GROUP, WINDOW, 0, (), Accounting(events_in=5, rows_out=4))
    with pytest.raises(UnbalancedError, match="nothing was committed"):
        committer_of(lake, mine, "a").commit(row, [lost], SCHEMA)
    assert list(tables(lake)) == []
    assert list(lake.list("commits/")) == []


def test_a_file_that_is_nowhere_is_damage_and_says_so(
    lake: CrashingStore, ledger: MemoryLedger, leases: Callable[[str], Leases]
) -> None:
    mine = leases("a")
    row = claimed_by(mine)
    results = stage(lake, row)
    lake.delete([results[0].files[0].staged_key])
    with pytest.raises(PermanentError, match="neither staged nor in the lake") as damage:
        committer_of(lake, mine, "a").commit(row, results, SCHEMA)
    assert results[0].files[0].final_key in str(damage.value)


def test_leases_are_renewed_in_the_background_and_given_back(ledger: MemoryLedger, clock: ManualClock) -> None:
    with Leases(ledger, clock, "a", 0.03) as mine:
        row = claim(mine, EXPORTED)
        assert row is not None
        clock.sleep(100)
        for _ in range(1000):
            if leases_until(ledger)["a"] > clock.now_ms():
                break
            threading.Event().wait(0.01)  # a moment of real time for the renewing thread
        assert leases_until(ledger)["a"] > clock.now_ms()
    given_back = ledger.stored[GROUP, WINDOW]
    assert (given_back.state, given_back.trying.owner) == (WindowState.EXPORTED, "a")


def test_a_window_taken_over_is_not_given_back(ledger: MemoryLedger, clock: ManualClock) -> None:
    with Leases(ledger, clock, "a", LEASE_S) as mine:
        assert claim(mine, EXPORTED) is not None
        clock.sleep(LEASE_S)
        assert claim(Leases(ledger, clock, "b", LEASE_S), ledger.stored[GROUP, WINDOW]) is not None
    assert ledger.stored[GROUP, WINDOW].trying.owner == "b"


def test_a_manifest_of_before_objects_and_reasons_were_in_it_is_read() -> None:
    window = Window(EpochMs(0), EpochMs(MS_PER_DAY))
    manifest = Manifest(LogGroupName("/a"), window, 1, "a", "jr", 1, (), Accounting())
    body = manifest.to_json()
    del body["objects"], body["reasons"]
    assert Manifest.from_json(body, "") == manifest
