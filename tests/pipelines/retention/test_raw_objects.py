"""Raw objects leave before their rows do, if a dataset says so: settled ones, and nothing that is still needed."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.worlds.landed import LandedEvent, payload
from support.worlds.landing_world import LandingWorld
from support.worlds.ledger_rows import changed
from support.worlds.settling import SHOP, SettlingWorld

from loglake.core.keys import landing_folder
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.retention.past import Objects, Past, Places

pytestmark = pytest.mark.unit

PAY = "/app/pay"


def datasets(*entries: dict[str, object]) -> Datasets:
    return load_datasets({"datasets": list(entries)})


def day(number: int) -> Window:
    start = START_MS + number * MS_PER_DAY
    return Window(EpochMs(start), EpochMs(start + MS_PER_DAY))


def days_left(world: SettlingWorld) -> list[int]:
    return [number for number in range(10) if any(world.raw.list(world.row(day(number)).keys.export_prefix))]


def set_clock(world: SettlingWorld, ms: int) -> None:
    world.clock.sleep((ms - world.clock.now_ms()) / 1000)


def ten_days(fresh: int) -> SettlingWorld:
    """Ten days of a log group, each exported a day after its end; those from one on right after it."""
    world = SettlingWorld(datasets=datasets({"log_groups": ["/app/*"], "delete_raw_after": 3}))
    for number in range(10):
        set_clock(world, day(number).to_ms + (0 if number >= fresh else MS_PER_DAY))
        world.export(day(number), [(START_MS + number * MS_PER_DAY, str(number))])
    set_clock(world, day(9).from_ms + 1)
    return world


def test_raw_objects_of_settled_days_leave_and_their_rows_stay() -> None:
    world = ten_days(fresh=8)
    report = world.convert()
    assert days_left(world) == [6, 7, 8, 9]
    assert sum(world.visible().values()) == 10
    assert (report.retention.removed["app_shop"]["raw_objects"], report.outcome) == (6, Outcome.OK)
    assert all(any(world.control.list(world.row(day(number)).keys.object_list)) for number in range(10))


def test_what_has_not_settled_failed_or_waits_keeps_its_raw_objects() -> None:
    world = ten_days(fresh=5)
    row = world.row(day(2))
    world.ledger.stored[SHOP, row.window] = changed(row, state=WindowState.FAILED)
    world.convert()
    assert days_left(world) == [2, 5, 6, 7, 8, 9]
    world.clock.sleep(8 * MS_PER_DAY / 1000)  # nobody exports the log group any more: that settles nothing
    world.convert()
    assert days_left(world) == [2]


LANDED_HOUR = START_MS + 1000


def landing(**days: object) -> LandingWorld:
    """Objects of two log groups with datasets: one each, and one with events of both."""
    pay = {name: value for name, value in days.items() if value}
    world = LandingWorld(
        datasets=datasets(
            {"log_groups": [SHOP], "ingest": "landing", "retention_days": 20},
            {"log_groups": [PAY], "ingest": "landing", **pay},
        )
    )
    world.land("shop.gz", payload(SHOP, [LandedEvent("1", LANDED_HOUR, "shop")]))
    world.land("pay.gz", payload(PAY, [LandedEvent("2", LANDED_HOUR, "pay")]))
    world.run()
    return world


def landed(world: LandingWorld) -> set[str]:
    return {item.key.rpartition("/")[2] for item in world.raw.list("landing/")}


def after(world: LandingWorld, days: int) -> LandingWorld:
    world.clock.sleep(days * MS_PER_DAY / 1000)
    world.run()
    return world


def test_landed_objects_leave_with_the_dataset_that_keeps_longest() -> None:
    world = after(landing(delete_raw_after=30), 25)
    assert landed(world) == {"shop.gz", "pay.gz"}
    assert len(world.rows()) == 1  # the row of 20 days is gone, and an object may have events of both log groups
    after(world, 10)
    assert landed(world) == set()
    assert [row[0] for row in world.rows()] == [PAY]
    assert landed(after(landing(), 400)) == {"shop.gz", "pay.gz"}  # one keeps its raw objects for ever


def test_landed_objects_stay_as_long_as_something_of_them_waits() -> None:
    world = landing(retention_days=20)
    world.land("new.gz", payload("/app/new", [LandedEvent("3", LANDED_HOUR, "new")]))
    world.run()
    assert landed(after(world, 60)) == {"new.gz"}  # no dataset takes it yet


def test_events_that_are_older_than_the_dataset_keeps_are_counted_and_not_written() -> None:
    world = landing(retention_days=40)
    after(world, 25)
    world.land("late.gz", payload(SHOP, [LandedEvent("4", LANDED_HOUR, "late")]))
    report = world.run()
    assert (report.landing.too_old, report.outcome) == ({SHOP: 1}, Outcome.OK)
    assert report.remarks == [f"{SHOP}: events that are older than its retention_days are not written: 1"]
    assert [row[0] for row in world.rows()] == [PAY]
    assert "late.gz" in landed(world)


def test_quarantine_of_landed_objects_leaves_with_the_dataset_that_keeps_longest() -> None:
    world = landing(retention_days=40)
    world.lake.now_ms = world.clock.now_ms()
    world.land("broken.gz", b"no gzip")
    world.land("half.gz", payload(SHOP, [LandedEvent("5", LANDED_HOUR, "half")])[:-9])
    world.run()
    before = {key for key in world.lake.objects if key.startswith("quarantine/_landing/")}
    assert before
    after(world, 30)
    assert {key for key in world.lake.objects if key.startswith("quarantine/_landing/")} == before
    report = after(world, 15) and world.run()
    assert report
    assert not [key for key in world.lake.objects if key.startswith("quarantine/_landing/")]
    assert not [known for known in world.ledger.landed_objects() if known.quarantined]


def test_no_landed_object_leaves_as_long_as_others_have_yet_to_be_looked_at() -> None:
    world = landing(retention_days=20)
    world.clock.sleep(60 * MS_PER_DAY / 1000)
    places = Places(world.ledger, world.raw, world.lake, world.control)
    waits, looked_at = (
        Past.read(places, world.datasets, world.clock.now_ms(), landed_waits=each).amounts() for each in (True, False)
    )
    assert (waits.get("landing/"), looked_at["landing/"]["raw_objects"]) == (None, 2)


def test_a_landed_object_with_a_log_group_in_its_key_leaves_by_the_dataset_of_that_alone() -> None:
    """Not by that of others, also if it is exported now, no dataset has it any more, or it is another account's."""
    world = LandingWorld(
        datasets=datasets(
            {"log_groups": ["222222222222:/alb"], "table": "theirs", "ingest": "landing"},
            {"log_groups": ["/alb"], "table": "mine", "ingest": "landing", "delete_raw_after": 15},
            {"log_groups": ["/app/exported"], "delete_raw_after": 3},
            {"log_groups": ["/app/kept"]},
        )
    )
    folders = {name: landing_folder(LogGroupName(name)) for name in ("/alb", "/app/exported", "/app/kept", "/app/none")}
    mine, exported, kept, none = folders.values()
    theirs = f"{mine}AWSLogs/222222222222/a.gz"
    for key in (f"{mine}a.gz", theirs, f"{exported}a.gz", f"{kept}a.gz", f"{none}a.gz"):
        world.land(key.removeprefix("landing/"), b"")
    world.clock.sleep(60 * MS_PER_DAY / 1000)
    places = Places(world.ledger, world.raw, world.lake, world.control)
    steps = [each for phase in Past.read(places, world.datasets, world.clock.now_ms()).phases() for each in phase]
    leaving = {key for each in steps for step in each.steps if isinstance(step.what, Objects) for key in step.what.keys}
    assert leaving == {f"{mine}a.gz", f"{exported}a.gz"}
