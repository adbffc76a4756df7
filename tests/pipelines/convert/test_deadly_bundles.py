"""A bundle that kills its sampling task is found and fails alone. Other causes fail no bundle."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support.fakes.stages import KernelStage
from support.worlds.worlds import PAY, SHOP, World

from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, SchemaSample
from loglake.errors import ServiceError, ThrottledError, TransientError

pytestmark = pytest.mark.unit

LOST = "Spark gave up on a task; run the job again. It said: executor lost"


class Deadly(KernelStage):
    """A stage whose task is killed by objects of the log group pay."""

    def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
        if any(bundle.log_group == PAY for bundle in bundles):
            raise TransientError(LOST)
        return super().sample(bundles)


@pytest.fixture
def world() -> World:
    world = World(stage=Deadly)
    world.export()
    return world


def test_a_window_that_kills_its_task_fails_alone_with_its_reason(world: World) -> None:
    report = world.convert()
    assert (report.converted, report.remaining, report.outcome) == (3, 0, Outcome.PARTIAL)
    deadly = world.ledger.rows(PAY)[0]
    assert (deadly.state, deadly.reason) == (WindowState.FAILED, f"each check of it alone crashed: {LOST}")
    assert report.failed == [f"{PAY} {deadly.window}: {deadly.reason}"]
    assert world.rows("app_shop").num_rows == 48
    assert world.convert("jr_d").outcome is Outcome.OK


def test_a_window_that_killed_its_task_is_converted_once_it_does_not(world: World) -> None:
    world.convert()
    world.export()  # opens what FAILED again
    world.stage = KernelStage
    assert world.convert("jr_d").accounting.rows_out == 2
    assert world.states() == {WindowState.CONVERTED}


def test_where_all_break_off_none_is_to_blame(world: World) -> None:
    class Broken(KernelStage):
        def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
            raise TransientError(LOST)

    world.stage = Broken
    with pytest.raises(TransientError, match=f"no sample could be taken. /app/.*: {LOST}"):
        world.convert()
    assert world.states() == {WindowState.EXPORTED}
    assert not list(world.lake.list("tables/"))


def test_what_brings_spark_to_its_end_fails_no_window(world: World) -> None:
    class Ending(KernelStage):
        ended = False

        def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
            Ending.ended = Ending.ended or any(len(bundles) == 1 and bundle.log_group == SHOP for bundle in bundles)
            if Ending.ended or len(bundles) > 1:
                raise TransientError("SparkContext was shut down")
            return super().sample(bundles)

    world.stage = Ending
    with pytest.raises(TransientError, match="SparkContext was shut down"):
        world.convert()
    assert WindowState.FAILED not in world.states()
    world.stage = KernelStage
    assert world.convert("jr_d").outcome is Outcome.OK
    assert world.states() == {WindowState.CONVERTED}


@pytest.mark.parametrize("error", [ThrottledError("slow down"), ServiceError("503")])
def test_a_stores_fault_is_no_windows_own(world: World, error: TransientError) -> None:
    class Faulty(KernelStage):
        def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
            raise error

    world.stage = Faulty
    with pytest.raises(type(error), match=str(error)):
        world.convert()
    assert WindowState.FAILED not in world.states()


def test_bisecting_for_what_kills_its_task_ends_when_time_is_up(world: World) -> None:
    class Slow(Deadly):
        def sample(self, bundles: Sequence[Bundle]) -> list[SchemaSample | BundleFailure]:
            world.clock.sleep(60)
            return super().sample(bundles)

    world.stage = Slow
    with pytest.raises(TransientError, match="time was up while bundles were looked for"):
        world.convert(deadline_s=100)
    assert WindowState.FAILED not in world.states()
    assert world.convert("jr_d", deadline_s=600).outcome is Outcome.PARTIAL
    assert world.rows("app_shop").num_rows == 48
