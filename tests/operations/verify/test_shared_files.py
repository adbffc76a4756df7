"""Files that windows share: each damage is named once, and repaired for all windows that have rows there."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.deployments.operated import ASKED, deploy, loglake_on_lake
from support.fakes.mortal import Countdown, CrashError, MortalLedger, MortalStore
from support.lakes.damages import Case, deleted, flipped, padded, rewritten
from support.lakes.decisions import decision_of
from support.lakes.killed import Killed, killed_before
from support.lakes.shared import LIVE_A, LIVE_B, WEB_A, WEB_B, WEB_C, shared_keys, shared_lake, sharing
from support.lakes.verified import contents, keys, row

from loglake.core.compaction.decision import Decision, SharedFile
from loglake.core.compaction.keys import decision_of_shared, parse_table_file, place_of
from loglake.core.keys import REMOVED, STAGING
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import Attempt, LedgerRow, WindowState
from loglake.core.ledger.stretches import stretches_of
from loglake.core.units import LogGroupName
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.reconvert import look_for_current, reopen
from loglake_cli.operations.verify.quick import lost_files

if TYPE_CHECKING:
    from support.worlds.worlds import World

pytestmark = pytest.mark.unit

GROUPS = [WEB_A, WEB_B, WEB_C]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A lake with shared files, deployed."""
    world = shared_lake()
    deploy(monkeypatch, world, world.tasks, partitions=world.catalog)
    return world


def first(world: World) -> str:
    """The file of the first day."""
    return next(key for key in shared_keys(world) if decision_of_shared(key))


def landed(world: World) -> str:
    """The file of the landed hours."""
    return shared_keys(world, "live")[0]


def decision(world: World, group: LogGroupName = WEB_A) -> str:
    """The decision about all days of a table."""
    return decision_of(row(world, group))


def found(*, deep: bool = True) -> list[dict[str, Any]]:
    done = loglake_on_lake("verify", "--json", *(["--deep"] if deep else []))
    damage: list[dict[str, Any]] = json.loads(done.stdout)["damage"]
    return damage


def repair(*options: str) -> str:
    """What a repair leaves, in sentences."""
    done = loglake_on_lake("rerun", "--damaged", *options)
    return done.stderr.removeprefix(ASKED)


def removed(world: World) -> set[str]:
    """What was moved out of the tables."""
    return {key.split("/", 2)[2] for key in keys(world, REMOVED)}


def fewer_rows(world: World) -> list[tuple[str, str]]:
    key = first(world)
    rows = pq.read_table(io.BytesIO(world.lake.get(key)), columns=["raw"]).slice(0, 2)
    world.lake.put(key, padded(rows, len(world.lake.get(key))))
    return [("file-rows", key)]


def changed_decision(world: World, change: Callable[[list[Any]], None]) -> str:
    """Somebody changes what a decision says about its windows, which stays readable. Returns its key."""
    key = decision(world)
    data = json.loads(world.lake.get(key))
    change(data["windows"])
    world.lake.put(key, json.dumps(data).encode())
    return key


def other_numbers(world: World) -> list[tuple[str, str]]:
    def change(windows: list[Any]) -> None:
        windows[1]["accounting"]["rows_out"] -= 1

    return [("decision-other", changed_decision(world, change))]


def fewer_numbers(world: World) -> list[tuple[str, str]]:
    def change(windows: list[Any]) -> None:
        windows[1]["files"][0]["rows"] -= 1

    return [("decision-unreadable", changed_decision(world, change))]


def window_left_out(world: World) -> list[tuple[str, str]]:
    """The row of that window is lost as well, so nothing else says that it had rows of a file."""
    gone = row(world, WEB_B)
    del world.ledger.stored[gone.name]

    def change(windows: list[Any]) -> None:
        windows[:] = [each for each in windows if (each["log_group"], each["from_ms"]) != (WEB_B, gone.window.from_ms)]

    return [("decision-unreadable", changed_decision(world, change))]


def lost_row(world: World) -> list[tuple[str, str]]:
    gone = row(world, WEB_B)
    del world.ledger.stored[gone.name]
    return [("ledger-row-gone", decision_of(gone))]


def named_by_none(world: World) -> list[tuple[str, str]]:
    """A file under a number that its decision does not have."""
    key = first(world).replace(".0000.parquet", ".0007.parquet")
    world.lake.put(key, world.lake.get(first(world)))
    return [("file-unnamed", key)]


def staged(world: World) -> list[tuple[str, str]]:
    (file, *_) = sharing(world, first(world)).shared_files
    world.lake.put(file.staged_key, b"PAR1")
    return [("staging-left", file.staged_key)]


def compacted(world: World, key: str) -> SharedFile:
    """A compaction has merged a shared file, whole; the file is still there."""
    (file,) = (file for file in sharing(world, key).shared_files if file.final_key == key)
    place = place_of(key)
    assert place
    new = replace(file, staged_key="", final_key=place.file(1, 0))
    world.lake.put(new.final_key, world.lake.get(key))
    world.lake.put(place.decision(1), Decision(place, 1, "jr_compact", (new,), (key,)).to_bytes())
    return new


def twice(world: World) -> list[tuple[str, str]]:
    compacted(world, first(world))
    return [("file-twice", first(world))]


def compacted_and_damaged(world: World) -> list[tuple[str, str]]:
    new = compacted(world, first(world))
    world.lake.delete([first(world)])
    world.lake.put(new.final_key, b"PAR1")
    return [("file-size", new.final_key)]


def cases() -> Iterator[Case]:
    yield Case("deleted", deleted(first, "file-gone"))
    yield Case("truncated", rewritten(first, lambda body: body[: len(body) // 2], "file-size"))
    yield Case("emptied", rewritten(first, lambda body: b"", "file-size"))
    yield Case("without a footer", rewritten(first, lambda body: body[:-4] + b"xxxx", "file-unreadable"))
    yield Case("with other rows", fewer_rows)
    yield Case("with other bytes", rewritten(first, flipped(0.1), "file-bytes"), deep=True)
    yield Case("of landed hours deleted", deleted(landed, "file-gone"))
    yield Case("decision deleted", deleted(decision, "decision-gone"))
    yield Case("decision unreadable", rewritten(decision, lambda body: body[:70], "decision-unreadable"))
    yield Case("decision of landed hours deleted", deleted(lambda world: decision(world, LIVE_A), "decision-gone"))
    yield Case("decision with other numbers", other_numbers)
    yield Case("decision with fewer rows", fewer_numbers)
    yield Case("decision without a window", window_left_out)
    yield Case("row deleted", lost_row)
    yield Case("named by none", named_by_none)
    yield Case("left in staging", staged)
    yield Case("there although it is compacted", twice)
    yield Case("compacted and damaged", compacted_and_damaged)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_a_damage_is_named_once_and_repaired_by_the_command_that_is_named(case: Case, world: World) -> None:
    before = contents(world)
    named = case.make(world)
    damage = found(deep=case.deep)
    assert [(each["kind"], each["key"]) for each in damage] == named
    fix = damage[0]["fix"].removesuffix(" --lake aws:lake").split()[1:]
    rows, lake = dict(world.ledger.stored), dict(world.lake.objects)
    assert loglake_on_lake(*fix, "--dry-run").exit_code == 0
    assert (dict(world.ledger.stored), dict(world.lake.objects)) == (rows, lake)
    done = loglake_on_lake(*fix, answer="y\n")
    assert (done.exit_code, done.stderr) == (0, ASKED), done.output
    world.convert("jr_repair", compaction=False)
    assert (found(), contents(world)) == ([], before)
    assert loglake_on_lake("rerun", "--damaged").stdout == "Nothing is damaged.\n"


@pytest.mark.parametrize("deep", [False, True])
def test_a_file_counts_once_for_all_of_its_windows(deep: bool, world: World) -> None:
    done = loglake_on_lake("verify", *(["--deep"] if deep else []))
    assert done.stdout.startswith("Looked at 10 windows, 3 files, ")
    assert done.exit_code == 0


def test_a_lost_file_is_said_to_have_rows_of_its_windows(world: World) -> None:
    world.lake.delete([first(world)])
    (damage,) = found()
    assert "is gone: 9 rows of /web/a [2026-11-21T00:00:00.000Z, " in damage["what"]
    assert [each["log_group"] for each in damage["windows"]] == GROUPS


def lose_raw(world: World, *groups: LogGroupName) -> None:
    for each in (each for group in groups for each in world.ledger.rows(group)):
        world.raw.delete(raw.key for raw in read_object_list(world.control, each))


def lose_rows(world: World, *groups: LogGroupName) -> None:
    for each in (each for group in groups for each in world.ledger.rows(group)):
        del world.ledger.stored[each.name]


def decided(world: World, key: str) -> tuple[SharedFile, ...]:
    """The files that a decision of a compaction log names."""
    return Decision.from_bytes(world.lake.get(key)).files


def without_log_groups(monkeypatch: pytest.MonkeyPatch) -> World:
    """Nothing can be exported again."""
    world = shared_lake()
    deploy(monkeypatch, world)
    return world


def test_of_a_damaged_file_only_rows_without_raw_objects_go(monkeypatch: pytest.MonkeyPatch) -> None:
    world = without_log_groups(monkeypatch)
    before, key = contents(world), first(world)
    lose_raw(world, WEB_A)
    world.lake.put(key, b"PAR1")
    left = sorted(repair().splitlines())
    assert left[0].startswith(f"not repaired: {WEB_A} ")
    assert left[0].endswith(f"To go on without what is lost: loglake accept {WEB_A}")
    assert [WEB_B in left[1], WEB_C in left[2], len(left)] == [True, True, 3]
    assert all("it has rows in a shared file that stays" in line for line in left[1:])
    assert [each["key"] for each in found()] == [key]
    assert "4 of its 4 rows go" not in loglake_on_lake("accept", WEB_B, "--dry-run").stdout
    said = loglake_on_lake("accept", WEB_A, "--yes").stdout
    assert "3 of its 3 rows go; their files are gone or damaged, and raw objects are gone" in said
    world.convert("jr_again", compaction=False)
    assert (found(), removed(world)) == ([], {key})
    lost = Counter(before["web"]) - Counter(contents(world)["web"])
    assert ([json.loads(each)["log_group"] for each in lost], sum(lost.values())) == ([WEB_A] * 3, 3)


def test_windows_of_a_lost_file_are_exported_again_if_their_log_groups_are_there(world: World) -> None:
    before = contents(world)
    lose_raw(world, WEB_A)
    world.lake.delete([first(world)])
    assert repair() == ""
    world.run_export()
    world.convert("jr_again", compaction=False)
    assert found() == []
    assert len(contents(world)["web"]) == len(before["web"])


@pytest.mark.parametrize("group", [WEB_A, LIVE_A])
@pytest.mark.parametrize("body", [None, b"{"])
def test_a_file_whose_decision_is_lost_says_by_its_rows_whose_they_are(
    body: bytes | None, group: LogGroupName, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nothing is lost, even if no window can be converted again."""
    world = without_log_groups(monkeypatch)
    before, key = contents(world), decision(world, group)
    world.lake.delete([key])
    if body:
        world.lake.put(key, body)
    lose_raw(world, *GROUPS, LIVE_A, LIVE_B)
    assert repair() == ""
    assert (found(), contents(world), removed(world)) == ([], before, set())
    assert not any(map(decision_of_shared, shared_keys(world, key.split("/")[1])))
    for file in (file for each in keys(world, "commits/_compacted/") for file in decided(world, each)):
        table = pq.read_table(io.BytesIO(world.lake.get(file.final_key)))
        times: list[Any] = table["event_time"].cast(pa.int64()).to_pylist()
        for part, rows in file.slices():
            owner = parse_table_file(part.key)
            assert owner
            assert all(owner.window.from_ms <= ms < owner.window.to_ms for ms in times[rows.first :][: rows.rows])
    world.convert("jr_later", compaction=False)
    assert (found(), contents(world)) == ([], before)


def test_rows_whose_window_is_lost_too_are_found_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without rows of the ledger nobody names the decision any more: the file does."""
    world = without_log_groups(monkeypatch)
    before, key = contents(world), decision(world)
    world.lake.delete([key])
    lose_rows(world, *GROUPS)
    lose_raw(world, *GROUPS)
    (damage,) = found()
    assert (damage["kind"], damage["key"], damage["table"]) == ("decision-gone", key, "web")
    assert damage["what"].endswith(f"it says whose rows are in shared files such as {first(world)}")
    assert repair() == ""
    assert (found(), contents(world), removed(world)) == ([], before, set())
    assert len(world.ledger.rows(WEB_A)) == 2


def test_landed_rows_that_nothing_else_has_stay_where_they_are(world: World) -> None:
    """They don't say their window, and its row in the ledger is lost too."""
    before, key = contents(world), landed(world)
    world.lake.delete([decision(world, LIVE_A)])
    lose_rows(world, LIVE_A)
    left = repair("--remove-unnamed", "--yes")
    assert f"has rows of {LIVE_A} that nothing else has: they stay there" in left
    world.convert("jr_again", compaction=False)
    assert (contents(world), world.lake.exists(key), removed(world)) == (before, True, set())


def test_without_a_decision_a_damaged_file_has_to_go_before_its_windows_come_again(world: World) -> None:
    """Nobody knows what is in it, so nothing may be added to it."""
    before, key = contents(world), first(world)
    world.lake.delete([decision(world)])
    world.lake.put(key, world.lake.get(key)[:-9])
    kept = dict(world.lake.objects)
    left = repair()
    assert "has files that no decision names: --remove-unnamed moves them to removed/" in left
    world.convert("jr_nothing", compaction=False)
    assert world.lake.get(key) == kept[key]
    assert repair("--remove-unnamed", "--yes") == ""
    world.convert("jr_again", compaction=False)
    assert (found(), contents(world), removed(world)) == ([], before, {key})


def test_a_copy_of_a_shared_file_is_moved_only_if_a_person_says_so(world: World) -> None:
    """Its rows would be there twice."""
    before, key = contents(world), first(world)
    name = decision_of_shared(key)
    copied = key.replace(name, f"{name[:-1]}{'0' if name[-1] != '0' else '1'}")
    world.lake.put(copied, world.lake.get(key))
    (damage,) = found()
    assert (damage["kind"], copied in damage["what"]) == ("decision-gone", True)
    assert "--remove-unnamed moves them to removed/" in repair()
    assert repair("--remove-unnamed", "--yes") == ""
    assert (found(), contents(world), removed(world)) == ([], before, {copied})


def replaced(world: World, group: LogGroupName) -> LedgerRow:
    """A window has a later version in a file of its own, and its rows are still in the shared file."""
    before = row(world, group)
    part = sharing(world, first(world)).part(before.name)
    assert part
    assert before.live
    (staged,) = part.files
    key = staged.final_key.replace(".g1.", ".g2.")
    rows = pq.read_table(io.BytesIO(world.lake.get(first(world)))).slice(staged.first, staged.rows)
    sink = io.BytesIO()
    pq.write_table(rows, sink)
    world.lake.put(key, sink.getvalue())
    own = replace(staged, staged_key="", final_key=key, size_bytes=len(sink.getvalue()), sha256="", within="", first=0)
    newer = replace(part, generation=2, files=(own,), supersedes=(staged.final_key,), read_digest="")
    batch = Batch.alone(newer)
    world.lake.put(batch.key, batch.to_bytes())
    current = replace(batch.windows[0].noted_in(before.live), generation=2)
    lists = before.keys.object_list, before.keys_at(2).object_list
    world.control.put(lists[1], world.control.get(lists[0]))
    now = replace(before, generation=2, current=current, decisions=(batch.name,))
    world.ledger.stored[now.name] = now
    return now


@pytest.mark.parametrize("groups", [[WEB_B], [WEB_A, WEB_B], GROUPS])
def test_rows_that_were_replaced_leave_the_file_with_all_others(groups: list[LogGroupName], world: World) -> None:
    before, key = contents(world), first(world)
    for group in groups:
        replaced(world, group)
    assert len(contents(world)["web"]) > len(before["web"])
    (damage,) = found()
    assert (damage["kind"], damage["key"]) == ("file-stale", key)
    assert [each["log_group"] for each in damage["windows"]] == [each for each in GROUPS if each not in groups]
    assert repair() == ""
    world.convert("jr_again", compaction=False)
    assert (found(), contents(world), removed(world)) == ([], before, {key})


@pytest.mark.parametrize("groups", [[WEB_B], GROUPS])
def test_a_replaced_window_is_missed_in_no_file(groups: list[LogGroupName], world: World) -> None:
    """The file is written again without its rows, or deleted."""
    before, key = contents(world), first(world)
    for group in groups:
        replaced(world, group)
    rewrite(world, key, groups)
    assert (found(), contents(world)) == ([], before)


def rewrite(world: World, key: str, groups: list[LogGroupName], *, finish: bool = True) -> None:
    """Writes a shared file again without some log groups."""
    place = place_of(key)
    assert place
    (file,) = (file for file in sharing(world, key).shared_files if file.final_key == key)
    rows = pq.read_table(io.BytesIO(world.lake.get(key))).to_pylist()
    left = [each for each in rows if each["log_group"] not in groups]
    if left:
        sink = io.BytesIO()
        pq.write_table(pq.read_table(io.BytesIO(world.lake.get(key))).take([rows.index(each) for each in left]), sink)
        parts = tuple(part for part in file.parts if part.log_group not in groups)
        stage = place.staged(1, "jr", 0)
        new = SharedFile(stage, place.file(1, 0), len(sink.getvalue()), parts)
        world.lake.put(stage, sink.getvalue())
        world.lake.put(place.decision(1), Decision(place, 1, "jr", (new,), (key,)).to_bytes())
        if finish:
            world.lake.copy(stage, new.final_key)
            world.lake.delete([stage])
    if finish:
        world.lake.delete([key])


def test_a_file_that_is_just_being_written_again_is_no_damage(world: World) -> None:
    key = first(world)
    replaced(world, WEB_B)
    rewrite(world, key, [WEB_B], finish=False)
    assert found() == []
    (stage,) = (each for each in keys(world, STAGING) if "_compacted" in each)
    target = f"{key.rpartition('/')[0]}/compacted.c000001.0000.parquet"
    world.lake.copy(stage, target)
    assert found() == []
    world.lake.delete([key])
    assert found() == []


def unapplied(world: World) -> tuple[SharedFile, ...]:
    """The decision is made, and its files are still in staging."""
    files = sharing(world, first(world)).shared_files
    for file in files:
        world.lake.put(file.staged_key, world.lake.get(file.final_key))
        world.lake.delete([file.final_key])
    return files


def under_way(world: World) -> tuple[SharedFile, ...]:
    """As `unapplied`, and no row notes it yet."""
    for each in (each for group in GROUPS for each in world.ledger.rows(group)):
        assert each.current
        attempt = Attempt.of(each.current, state=WindowState.CONVERTING, owner="jr_dead")
        world.ledger.stored[each.name] = replace(each, current=None, attempt=attempt)
    return unapplied(world)


def test_a_decision_that_is_not_applied_yet_is_no_damage(world: World) -> None:
    (file, *_) = files = under_way(world)
    assert found() == []
    world.lake.copy(file.staged_key, file.final_key)
    assert found() == []
    for each in files:
        world.lake.copy(each.staged_key, each.final_key)
    assert found() == []
    world.lake.delete(each.staged_key for each in files)
    assert found() == []
    world.lake.delete([file.final_key])
    (damage,) = found()
    assert (damage["kind"], damage["key"], len(damage["windows"])) == ("file-gone", file.final_key, 3)
    assert "is neither in its place nor in staging: 9 rows of " in damage["what"]


def test_a_lost_row_comes_back_with_its_rows_in_a_shared_file_that_waits_in_staging(world: World) -> None:
    before = contents(world)
    unapplied(world)
    lose_rows(world, *GROUPS)
    lose_raw(world, *GROUPS)
    repair()
    assert {each["kind"] for each in found()} <= {"staging-left"}
    assert contents(world) == before


@pytest.mark.parametrize("seed", range(30))
def test_whatever_rows_and_decisions_are_lost_no_row_of_a_table_is(seed: int, world: World) -> None:
    """With raw objects or, for every second seed, without."""
    chance, before = Random(seed), contents(world)
    if seed % 2:
        world.raw.objects.clear()
    share = chance.random()
    lost = [each for each in world.ledger.stored.values() if each.log_group in GROUPS and chance.random() < share]
    for each in lost:
        del world.ledger.stored[each.name]
    for key in (key for key in keys(world, "commits/") if chance.random() < 0.6):
        if seed % 3:
            world.lake.delete([key])
        else:
            world.lake.put(key, b"{")
    for step in range(3):
        if found():
            loglake_on_lake("rerun", "--damaged")
            world.convert(f"jr_{step}", compaction=False)
    assert (found(), contents(world), removed(world)) == ([], before, set()), lost


@pytest.mark.parametrize("what", ["file", "decision"])
def test_a_repair_that_is_killed_before_any_write_goes_on(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = contents(shared_lake())
    for write in range(100):
        world = shared_lake()
        deploy(monkeypatch, world, world.tasks, partitions=world.catalog)
        if what == "file":
            world.lake.put(first(world), b"PAR1")
        else:
            world.lake.delete([decision(world)])
        ended = False
        with suppress(Killed), killed_before(world, write):
            ended = loglake_on_lake("rerun", "--damaged").exit_code == 0
        for step in range(2):
            world.convert(f"jr_{step}", compaction=False)
            loglake_on_lake("rerun", "--damaged")
        world.convert("jr_last", compaction=False)
        assert (found(), contents(world)) == ([], whole), write
        if ended:
            assert write > 3
            return
    raise AssertionError("it never ends")


def lost_in_status(world: World) -> list[tuple[str, list[str], list[str]]]:
    """What the cheap look of `loglake status` misses, by table."""
    lost = json.loads(loglake_on_lake("status", "--json").stdout)["lost_files"]
    return [(each["table"], [name["log_group"] for name in each["windows"]], each["compacted"]) for each in lost]


def test_the_cheap_look_misses_windows_whose_shared_file_is_gone_or_short(world: World) -> None:
    assert lost_in_status(world) == []
    key = first(world)
    body = world.lake.get(key)
    for damaged in (None, b"PAR1", body[:-1]):
        world.lake.delete([key])
        if damaged:
            world.lake.put(key, damaged)
        assert lost_in_status(world) == [("web", GROUPS, [])]
    world.lake.put(key, body)
    world.lake.delete([landed(world)])
    assert lost_in_status(world) == [("live", [LIVE_A, LIVE_A, LIVE_B, LIVE_B], [])]


def test_the_cheap_look_knows_rows_that_are_compacted(world: World) -> None:
    new = compacted(world, first(world))
    world.lake.delete([first(world)])
    assert lost_in_status(world) == []
    world.lake.put(new.final_key, b"PAR1")
    assert lost_in_status(world) == [("web", [], [new.final_key])]


@pytest.mark.parametrize("is_compacted", [False, True])
def test_the_cheap_look_leaves_windows_of_closed_months_alone(world: World, is_compacted: bool) -> None:
    """Their rows are not read, but files that others share with them are whole."""
    if is_compacted:
        compacted(world, first(world))
        world.lake.delete([first(world)])
    closed, *others = (world.ledger.rows(group) for group in GROUPS)
    rows = [*stretches_of(closed), *(row for mine in others for row in mine)]
    assert lost_files(rows, world.lake) == ()
    if not is_compacted:
        world.lake.delete([first(world)])
        assert [name for lost in lost_files(rows, world.lake) for name, _ in lost.windows] == GROUPS[1:]


def test_the_cheap_look_reads_decisions_only_if_something_seems_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window that was repaired may have rows in a file of another decision."""
    reads, get = list[str](), world.lake.get

    def counted(key: str) -> bytes:
        reads.append(key)
        return get(key)

    monkeypatch.setattr(world.lake, "get", counted)
    rows = [each for group in GROUPS for each in world.ledger.rows(group)]
    assert (lost_files(rows, world.lake), reads) == ((), [])
    mine = row(world, WEB_B)
    part = sharing(world, first(world)).part(mine.name)
    assert part
    assert mine.live
    alone = Batch.alone(replace(part, owner="a person", read_digest=""))
    world.lake.put(alone.key, alone.to_bytes())
    noted = alone.windows[0].noted_in(mine.live)
    world.ledger.stored[mine.name] = replace(mine, current=noted, decisions=(alone.name,))
    assert found() == []
    reads.clear()
    rows = [each for group in GROUPS for each in world.ledger.rows(group)]
    assert (lost_files(rows, world.lake), reads) == ((), [alone.key])
    world.lake.delete([first(world)])
    assert [name for lost in lost_files(rows, world.lake) for name, _ in lost.windows] == GROUPS
    world.lake.put(alone.key, b"{")
    assert [name for lost in lost_files(rows, world.lake) for name, _ in lost.windows] == GROUPS


def convert_again(world: World, groups: list[LogGroupName]) -> None:
    """Has the first windows of log groups converted again."""
    windows = look_for_current([row(world, group) for group in groups], world.control, world.raw, world.lake)
    assert len(reopen(windows.whole, world.ledger, world.control, world.clock)) == len(groups)


@pytest.mark.parametrize("groups", [[WEB_B], GROUPS, [LIVE_A]])
def test_what_a_killed_run_left_is_no_damage_whenever_that_was(
    groups: list[LogGroupName], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows leave a shared file: the file is written again without them, or deleted."""
    before = contents(shared_lake())
    for call in range(100):
        world = shared_lake()
        deploy(monkeypatch, world, world.tasks, partitions=world.catalog)
        key = landed(world) if LIVE_A in groups else first(world)
        convert_again(world, groups)
        change, ended = Countdown(call), False
        dying = replace(
            world,
            ledger=MortalLedger(change, world.ledger),
            control=MortalStore("control", change, world.control.objects),
            lake=MortalStore("lake", change, world.lake.objects),
        )
        with suppress(CrashError):
            dying.convert("jr_dying", compaction=False)
            ended = True
        assert found() == [], call
        assert lost_in_status(world) == [], call
        world.clock.sleep(3600)
        world.convert("jr_next", compaction=False)
        assert (found(), contents(world), lost_in_status(world)) == ([], before, []), call
        if ended:
            assert call > 8
            assert key not in keys(world, "tables/")
            return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("expired", [False, True])
def test_a_file_that_is_back_after_all_of_its_windows_were_replaced_is_moved(expired: bool, world: World) -> None:
    """Even when the ledger has forgotten the replaced windows."""
    key = first(world)
    body = world.lake.get(key)
    world.export(*GROUPS, reexport=True)
    world.convert("jr_wider", compaction=False)
    before = contents(world)
    assert (found(), len(before["web"]), key in shared_keys(world)) == ([], 15, False)
    for each in list(world.ledger.stored.values()):
        if expired and each.superseded_by and each.log_group in GROUPS:
            del world.ledger.stored[each.name]
    world.lake.put(key, body)
    (damage,) = found()
    assert (damage["kind"], damage["key"]) == ("file-stale", key)
    assert loglake_on_lake("rerun", "--damaged").exit_code == 0
    world.convert("jr_again", compaction=False)
    assert (found(), contents(world), removed(world)) == ([], before, {key})


def test_what_nothing_brings_back_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, its decision and the raw objects of one log group are gone."""
    world = without_log_groups(monkeypatch)
    before, key = contents(world), first(world)
    world.lake.delete([decision(world)])
    world.lake.put(key, b"PAR1")
    lose_raw(world, WEB_A)
    lines = repair("--remove-unnamed", "--yes").splitlines()
    assert all(line.startswith("not repaired: ") for line in lines)
    assert any(f"To go on without what is lost: loglake accept {WEB_A}" in line for line in lines)
    world.convert("jr_nothing", compaction=False)
    assert world.lake.get(key) == b"PAR1"
    assert loglake_on_lake("accept", WEB_A, "--yes").exit_code == 0
    for step in range(2):
        world.convert(f"jr_{step}", compaction=False)
        if found():
            loglake_on_lake("rerun", "--damaged", "--remove-unnamed", "--yes")
    assert found() == []
    lost = Counter(before["web"]) - Counter(contents(world)["web"])
    assert {json.loads(each)["log_group"] for each in lost} == {WEB_A}
    assert not Counter(contents(world)["web"]) - Counter(before["web"])


def test_a_decision_that_nobody_names_and_that_cant_be_read_is_named(world: World) -> None:
    key = decision(world)
    world.lake.put(key, b"{")
    before = contents(world)
    lose_rows(world, *GROUPS)
    assert [(each["kind"], each["key"]) for each in found()] == [("decision-gone", key)]
    repair()
    world.convert("jr_again", compaction=False)
    assert (found(), contents(world)) == ([], before)


def test_one_table_has_its_staged_shared_files(world: World) -> None:
    staged(world)
    for table, kinds in {"web": ["staging-left"], "live": []}.items():
        damage = json.loads(loglake_on_lake("verify", table, "--json").stdout)["damage"]
        assert [each["kind"] for each in damage] == kinds
