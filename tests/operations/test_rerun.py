"""`rerun` of failed windows on a deployment in memory, with both jobs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.fakes.fakes import START_MS
from support.worlds.ledger_rows import changed, ledger_row
from support.worlds.worlds import DAYS, PAY, SHOP, World, shop_events

from loglake.core.accounting import Accounting
from loglake.core.landing.objects import LandedObject, LandedState
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import Current, LedgerRow, WindowState
from loglake.core.planning.replacing import accepted_fewer
from loglake.core.requests.requests import request_body
from loglake.core.run.outcome import CONVERT, EXPORT, Outcome, RunNote
from loglake.core.state_items import PAUSED, RUN
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.pipelines.object_lists import read_object_list
from loglake_cli.operations.accept import accept, plan_acceptance
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.rerun import RerunPlan, plan_rerun, rerun
from loglake_cli.operations.selection import Selection

pytestmark = pytest.mark.unit


def deployed(world: World, kept: bool = False) -> Deployment:
    tasks = None if kept else world.tasks
    return Deployment(world.ledger, world.control, world.raw, world.lake, None, "loglake", world.clock, tasks)


def first_day(world: World) -> LedgerRow:
    return world.ledger.rows(SHOP)[0]


def events(world: World) -> list[int]:
    return sorted(int(row["n"]) for row in world.rows("app_shop").to_pylist())


def failed_conversion() -> World:
    """A world in which converting the first day of /app/shop failed: its raw object was missing, and now is back."""
    world = World()
    world.export()
    (key,) = [raw.key for raw in read_object_list(world.control, first_day(world))]
    body = world.raw.get(key)
    world.raw.delete([key])
    world.convert()
    world.raw.put(key, body)
    assert first_day(world).state is WindowState.FAILED
    return world


def ask_for_the_first_day(world: World, reexport: bool) -> None:
    body = request_body([SHOP], replace(DAYS, to_ms=EpochMs(START_MS + MS_PER_DAY)), reexport)
    world.control.put("requests/requested/first-day", body)


def fail_all_exports(world: World) -> None:
    """Makes all attempts for the waiting window fail."""
    world.tasks.fail_next = 5
    for _ in range(5):
        world.export("/nothing/else")


def failed_export() -> World:
    """A world in which exporting the first day of /app/shop failed; there is nothing else."""
    world = World()
    ask_for_the_first_day(world, reexport=False)
    fail_all_exports(world)
    assert (first_day(world).state, first_day(world).generation) == (WindowState.FAILED, 1)
    return world


def failed_reexport() -> World:
    """A world with the first day of /app/shop in the table; exporting it again failed."""
    world = World()
    world.export()
    world.convert()
    ask_for_the_first_day(world, reexport=True)
    fail_all_exports(world)
    assert (first_day(world).state, first_day(world).generation) == (WindowState.FAILED, 2)
    return world


def test_a_window_whose_raw_objects_are_there_is_converted_again() -> None:
    world = failed_conversion()
    here = deployed(world)
    before = list(world.control.list("requests/continue/"))
    plan = plan_rerun(here)
    assert ([found.row for found in plan.convert], plan.export, plan.left) == ([first_day(world)], (), ())
    done = rerun(here, plan)
    assert (first_day(world).state, first_day(world).generation) == (WindowState.EXPORTED, 2)
    assert (done.converting, done.exporting, done.woken) == ((first_day(world),), (), True)
    assert [item.key for item in world.control.list("requests/continue/") if item not in before] == here.woken
    world.convert("jr_again")
    assert events(world) == list(range(48))


def test_a_commit_that_lost_its_files_is_made_again() -> None:
    world = World()
    world.export()
    world.convert()
    row = first_day(world)
    for item in [*world.lake.list(f"staging/{row.keys.path}"), *world.lake.list("tables/app_shop/dt=2026-11-21/")]:
        world.lake.delete([item.key])
    world.ledger.stored[row.log_group, row.window] = changed(row, state=WindowState.EXPORTED)
    world.convert("jr_2")
    assert "neither staged nor in the lake" in first_day(world).reason
    here = deployed(world)
    assert len(rerun(here, plan_rerun(here)).converting) == 1
    world.convert("jr_3")
    assert events(world) == list(range(48))


def test_a_kept_local_run_converts_again_too() -> None:
    world = failed_conversion()
    here = deployed(world, kept=True)
    assert len(rerun(here, plan_rerun(here, Selection(("/app/*",)))).converting) == 1


def test_a_window_whose_export_failed_is_exported_again_with_all_of_its_attempts() -> None:
    world = failed_export()
    here = deployed(world)
    (row,) = world.ledger.in_states(WindowState.FAILED)
    plan = plan_rerun(here)
    assert (plan.convert, plan.export, plan.left) == ((), (row,), ())
    (opened,) = rerun(here, plan).exporting
    assert opened.failure
    assert (opened.is_retried, opened.failure.tries) == (True, 0)
    world.export("/nothing/else")
    world.convert()
    assert world.states() == {WindowState.CONVERTED}
    assert events(world) == list(range(24))


def test_a_kept_local_run_says_that_its_log_groups_are_gone() -> None:
    world = failed_export()
    plan = plan_rerun(deployed(world, kept=True))
    ((row, why),) = plan.left
    assert (row.state, "a local run keeps no log groups" in why) == (WindowState.FAILED, True)
    assert rerun(deployed(world, kept=True), plan).woken is False


def test_a_window_whose_raw_objects_are_gone_is_exported_again() -> None:
    world = failed_conversion()
    (key,) = [raw.key for raw in read_object_list(world.control, first_day(world))]
    world.raw.delete([key])
    assert plan_rerun(deployed(world)).export == (first_day(world),)
    world.control.delete([first_day(world).keys.object_list])
    here = deployed(world)
    rerun(here, plan_rerun(here))
    world.export("/nothing/else")
    world.convert("jr_again")
    assert events(world) == list(range(48))


def test_of_a_landed_window_the_missing_object_is_named() -> None:
    world = failed_conversion()
    (key,) = [raw.key for raw in read_object_list(world.control, first_day(world))]
    world.raw.delete([key])
    row = changed(first_day(world), landed=True, task_id="")
    world.ledger.stored[row.log_group, row.window] = row
    plan = plan_rerun(deployed(world))
    others = "or go on with the others: loglake accept /app/shop"
    assert plan.left == ((row, f"{key} is gone: put it back, and run this again; {others}"),)


def test_an_export_that_can_be_had_again_is_had_again() -> None:
    world = failed_reexport()
    world.tasks.add_group(SHOP, {"web/1": [*shop_events(), (START_MS + 7, '{"n": 99}')]})
    here = deployed(world)
    plan = plan_rerun(here)
    assert (len(plan.convert), len(plan.export)) == (0, 1)
    rerun(here, plan)
    world.export("/nothing/else")
    world.convert("jr_again")
    assert events(world) == [*range(48), 99]


@pytest.mark.parametrize("gone", [True, False])
def test_an_export_that_cant_be_had_again_is_converted_from_the_one_before(gone: bool) -> None:
    world = failed_reexport()
    if gone:
        del world.tasks.groups[SHOP]
    else:
        world.tasks.add_group(SHOP, {}, retention_days=2)
    here = deployed(world)
    plan = plan_rerun(here)
    assert (len(plan.convert), plan.export, plan.left) == (1, (), ())
    (row,) = rerun(here, plan).converting
    assert (row.generation, row.newest.objects, bool(row.newest.task_id)) == (3, 1, True)
    world.convert("jr_again")
    assert (first_day(world).state, events(world)) == (WindowState.CONVERTED, list(range(48)))


def test_a_window_that_can_neither_be_converted_nor_exported_stays_with_its_rows() -> None:
    world = failed_reexport()
    world.tasks.add_group(SHOP, {}, retention_days=2)
    for item in list(world.raw.list("exports/")):
        world.raw.delete([item.key])
    here = deployed(world)
    plan = plan_rerun(here)
    ((row, why),) = plan.left
    assert (row, "events are kept for 2 days" in why) == (first_day(world), True)
    assert rerun(here, plan).woken is False
    assert events(world) == list(range(48))
    del world.tasks.groups[SHOP]
    assert plan_rerun(here).left[0][1] == "its log group is gone"


def test_patterns_choose_log_groups() -> None:
    here = deployed(failed_conversion())
    assert plan_rerun(here, Selection((PAY, "/web/*"))) == RerunPlan()
    assert plan_rerun(here, Selection(("/web/*", "/app/s*"))).convert


def test_unreadable_landed_objects_wake_the_workflow_which_looks_at_them_again() -> None:
    world = World()
    for name in ("there", "deleted"):
        world.ledger.put_landed_object(LandedObject(f"landing/{name}", 3, LandedState.FAILED, reason="denied"))
    world.raw.put("landing/there", b"abc")
    here = deployed(world)
    plan = plan_rerun(here)
    assert (plan.landed, plan.empty) == (1, False)
    assert rerun(here, plan).woken
    assert plan_rerun(here, Selection(("/app/*",))).empty


def test_a_window_that_another_run_changed_is_left_to_it() -> None:
    world = failed_export()
    here = deployed(world)
    plan = plan_rerun(here)
    rerun(here, plan)
    before = dict(world.ledger.stored)
    assert rerun(here, plan).exporting == ()
    assert world.ledger.stored == before


def test_windows_of_a_paused_group_are_distinguished_since_they_wait() -> None:
    world = failed_export()
    (row,) = world.ledger.in_states(WindowState.FAILED)
    world.ledger.put(PAUSED, row.log_group, EpochMs(START_MS + MS_PER_DAY))
    here = deployed(world)
    done = rerun(here, plan_rerun(here))
    assert done.held == done.exporting != ()


def with_25_events_before(world: World) -> None:
    """The table has an earlier version of the first day, with one event more than CloudWatch has."""
    before = Current(0, accounting=Accounting(25, 25))
    row = replace(first_day(world), current=before, decisions=("before",))
    world.ledger.stored[SHOP, row.window] = row
    part = Manifest(SHOP, row.window, 0, row.table, "jr_0", 1, (), before.accounting, decision="before")
    world.lake.put(part.key, Batch.of([part]).to_bytes())


@pytest.mark.parametrize("accept_fewer", [False, True])
def test_a_pass_with_fewer_events_is_taken_where_a_person_accepts_it(accept_fewer: bool) -> None:
    world = World()
    world.export()
    with_25_events_before(world)
    world.convert()
    assert "the export has 24 events, and 25 of this time are in the table" in first_day(world).reason
    here = deployed(world)
    done = accept(here, plan_acceptance(here, SHOP)) if accept_fewer else rerun(here, plan_rerun(here))
    assert [row.generation for row in done.converting] == [2]
    world.convert("jr_again")
    assert first_day(world).state is (WindowState.CONVERTED if accept_fewer else WindowState.FAILED)
    assert events(world) == list(range(0 if accept_fewer else 24, 48))


@pytest.mark.parametrize("accept_fewer", [False, True])
def test_an_export_that_is_done_again_takes_no_rows_away_unless_a_person_accepts_it(accept_fewer: bool) -> None:
    world = failed_export()
    with_25_events_before(world)
    here = deployed(world)
    done = accept(here, plan_acceptance(here, SHOP)) if accept_fewer else rerun(here, plan_rerun(here))
    (opened,) = done.exporting
    assert accepted_fewer(opened) == accept_fewer
    world.export()
    world.convert("jr_again")
    assert first_day(world).state is (WindowState.CONVERTED if accept_fewer else WindowState.FAILED)


@pytest.mark.parametrize(("kept", "stopped"), [(False, ("convert", "export")), (True, ("convert",))])
def test_after_a_run_that_failed_as_a_whole_the_workflow_is_woken(kept: bool, stopped: tuple[str, ...]) -> None:
    world = World()
    for job in (CONVERT, EXPORT):
        world.ledger.put(RUN, job, RunNote.of(job, Outcome.FAILED, world.clock.now_ms(), error="no"))
    here = deployed(world, kept=kept)
    plan = plan_rerun(here)
    assert (plan.stopped, plan.empty) == (stopped, False)
    assert rerun(here, plan).woken
    assert plan_rerun(here, Selection((SHOP,))).empty


def test_a_settled_pass_that_failed_is_exported_again_where_its_log_group_is_there() -> None:
    world = World()
    hour = Window(START_MS, EpochMs(START_MS + MS_PER_DAY // 24))
    day = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
    world.ledger.add(ledger_row(SHOP, hour, "app_shop", WindowState.CONVERTED, exported_at_ms=world.clock.now_ms()))
    failed = ledger_row(SHOP, day, "app_shop", WindowState.FAILED, reason="it broke")
    world.ledger.add(failed)
    assert plan_rerun(deployed(world)).export == (failed,)
    del world.tasks.groups[SHOP]
    assert plan_rerun(deployed(world)).left == ((failed, "its log group is gone"),)
