"""What the bundles of a run wrote into a partition becomes one file, and the journal has them as one bundle."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from support.fakes.stages import KernelStage
from support.lakes.export_folders import DAY, TASKS, World, json_events
from support.logs.ordinary_files import convert, rows, write

from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
from loglake.core.schema.bundle import Bundle
from loglake.core.units import MS_PER_DAY, parse_instant
from loglake.errors import LeaseLostError, ServiceError
from loglake.pipelines.folder_convert import bundles, joining

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each object is a bundle."""
    monkeypatch.setattr(bundles, "BUNDLE_SIZE_BYTES", 1)


@pytest.fixture
def world() -> World:
    """Six objects of one day, three of two days, and a damaged one."""
    made = World()
    for part in range(6):
        made.export(0, "web", json_events(9, step_ms=1, part=part), part)
    for part in range(3):
        made.export(1, "web", json_events(4, DAY + MS_PER_DAY // 2, MS_PER_DAY // 4), part)
    key = made.export(2, "web", json_events(9, step_ms=1))
    body = made.raw.get(key)
    made.raw.put(key, body[:-8] + b"none" + body[-4:])
    made.events.pop(key)
    return made


def files(world: World) -> dict[str, int]:
    """The row groups of the files of each day; fails if a day has several files."""
    found = {key.split("/")[1]: key for key in world.keys("app_shop/")}
    assert len(found) == len(world.keys("app_shop/"))
    return {day: pq.ParquetFile(io.BytesIO(world.output.get(key))).num_row_groups for day, key in found.items()}


def test_a_run_writes_one_file_for_each_day(world: World) -> None:
    report = world.convert()
    assert (report.objects, report.accounting.rows_out) == (10, 66)
    assert files(world) == {"dt=2024-02-29": 9, "dt=2024-03-01": 3}
    assert len(report.files) == 2
    assert world.rows() == world.expected()
    assert len(world.keys("_quarantine/")) == report.accounting.quarantined == 1
    assert world.keys("_staging/") == []
    assert world.convert().objects == 0


def test_what_was_joined_is_converted_again_as_a_whole(world: World) -> None:
    world.convert()
    first = set(world.keys("app_shop/"))
    world.export(0, "web", json_events(11, step_ms=1, part=3), 3)
    assert world.convert().objects == 10
    assert files(world) == {"dt=2024-02-29": 1, "dt=2024-03-01": 1}
    assert not first & set(world.keys("app_shop/"))
    assert world.rows() == world.expected()


def test_large_days_have_several_files_none_of_which_is_small(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one_day = f"exports/{TASKS[0]}/"
    (whole,) = world.convert(one_day).files
    other = World()
    other.raw = world.raw
    monkeypatch.setattr(joining, "UNIT_BYTES", whole.size_bytes // 4)
    sizes = [each.size_bytes for each in other.convert(one_day).files]
    assert len(sizes) == 2
    assert min(sizes) >= joining.UNIT_BYTES


def test_a_log_file_that_may_still_grow_shares_no_file(tmp_path: Path) -> None:
    def log(day: int, events: int = 1) -> None:
        write(tmp_path / "in", f"{day}.log", f"2026-11-{day}T10:00:00Z up\n" * events)
        os.utime(tmp_path / "in" / f"{day}.log", (at := parse_instant(f"2026-11-{day}") / 1000, at))

    for day in (17, 18, 19, 20):
        log(day)
    assert convert(tmp_path / "in", tmp_path / "out").objects == 4
    assert len({path.name for path in tmp_path.glob("out/app/*/*.parquet")}) == 2
    (tmp_path / "in" / "17.log").unlink()
    log(20, events=3)
    again = convert(tmp_path / "in", tmp_path / "out")
    assert (again.objects, again.done) == (1, 2)
    assert len(rows(tmp_path / "out")) == 6


def test_files_that_can_not_be_joined_stay_and_the_run_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def merge(self: KernelStage, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        return [MergeFailure("no memory") for _ in work]

    with monkeypatch.context() as patch:
        patch.setattr(KernelStage, "merge", merge)
        with pytest.raises(ServiceError, match="Files of dt=2024-02-29 could not be joined: no memory"):
            world.convert()
    assert len(world.keys("app_shop/")) == 12
    assert world.rows() == world.expected()
    assert world.convert().objects == 0


def test_a_run_that_another_overtakes_commits_nothing(world: World) -> None:
    def overtake(bundle: Bundle) -> None:
        if bundle.number == 9:
            world.convert()

    with pytest.raises(LeaseLostError):
        world.convert(interrupt=overtake)
    assert world.rows() == world.expected()
    assert world.keys("_staging/") == []
