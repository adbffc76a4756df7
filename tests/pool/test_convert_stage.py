"""Behaviour that only a pool has: workers that die, callers that stop, and scripts of any kind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from support.fakes.bad_stores import DeadlyStore, unopenable
from support.fakes.stores import FolderStore
from support.local.processes import processes

from loglake.core.compaction.decision import Merge, MergeOutput, Slice
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.core.units import LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError, TransientError
from loglake.pool.convert_stage import PoolConvertStage, cores, pool_stage
from loglake.pool.pool import Pool
from loglake.pool.process import Given, WorkerDiedError

pytestmark = pytest.mark.contract

PLAN = TablePlan("text", TableSchema("t"))


def bundle(root: Path, number: int, *names: str) -> Bundle:
    """A bundle of plain text with one event per object."""
    objects = []
    for name in names:
        body = f"2026-11-21T10:00:00.000Z {name}\n".encode()
        FolderStore(root, "raw").put(f"exports/{name}", body)
        objects.append(RawObject(f"exports/{name}", len(body), "s"))
    window = Window(parse_instant("2026-11-21"), parse_instant("2026-11-22"))
    return Bundle("t", LogGroupName("/g"), window, 0, number, "a", tuple(objects))


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PoolConvertStage]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with pool_stage(partial(DeadlyStore, str(tmp_path)), "raw", "lake", workers=2) as stage:
        yield stage
    assert not list(temporary.iterdir()), "the files of a worker that died are removed"


def converted(stage: PoolConvertStage, bundles: Sequence[Bundle]) -> dict[int, BundleResult | BundleFailure]:
    results: dict[int, BundleResult | BundleFailure] = {}
    stage.convert([(each, PLAN) for each in bundles], lambda result: results.update({result.number: result}))
    return results


def rows(result: BundleResult | BundleFailure) -> int:
    assert isinstance(result, BundleResult)
    return result.accounting.rows_out


def test_what_kills_its_worker_is_found_among_others_and_fails_alone(stage: PoolConvertStage, tmp_path: Path) -> None:
    bundles = [
        bundle(tmp_path, 0, "a", "deadly", "b"),
        bundle(tmp_path, 1, "d", "e"),
        bundle(tmp_path, 2, "unsteady"),
        bundle(tmp_path, 3, "hungry"),
    ]
    samples = stage.sample(bundles)  # the object that kills is passed over
    assert [each.formats for each in samples if not isinstance(each, BundleFailure)] == [
        {"text": 2},
        {"text": 2},
        {"text": 1},
        {},
    ]
    (tmp_path / "raw" / "seen").unlink()
    results = converted(stage, bundles)
    assert (rows(results[1]), rows(results[2])) == (2, 1)
    deadly, hungry = results[0], results[3]
    assert isinstance(deadly, BundleFailure)
    assert deadly.unread == {
        "exports/deadly": "exports/deadly can't be converted: its process was ended by SIGKILL, as if memory ran out."
    }
    assert isinstance(hungry, BundleFailure)
    assert "exit status 4 and said: MemoryError: malloc of 1 TB failed" in hungry.unread["exports/hungry"]


def test_what_kills_the_worker_of_many_bundles_fails_alone(stage: PoolConvertStage, tmp_path: Path) -> None:
    names = ["a", "deadly", "b", "unsteady", "hungry", "c"]
    bundles = [replace(bundle(tmp_path, number, name), key_prefix="g/w") for number, name in enumerate(names)]
    results = converted(stage, bundles)
    assert {number for number, each in results.items() if isinstance(each, BundleFailure)} == {1, 4}
    assert [rows(results[number]) for number in (0, 2, 3, 5)] == [1, 1, 1, 1]
    whole = bundles[::2]
    whole = [replace(each, objects=bundles[0].objects) for each in whole]
    files = [
        staged for each in converted(stage, whole).values() if isinstance(each, BundleResult) for staged in each.files
    ]
    assert [(each.first, each.rows) for each in files] == [(0, 1), (1, 1), (2, 1)]
    assert len({each.within for each in files}) == 1


def test_a_scan_or_merge_whose_worker_died_is_tried_again_once(stage: PoolConvertStage, tmp_path: Path) -> None:
    bundle(tmp_path, 0, "unsteady")
    (scan,) = stage.scan([RawObject("exports/unsteady", 1, "")])
    assert scan.raw.key == "exports/unsteady"
    with pytest.raises(WorkerDiedError, match="was ended by SIGKILL"):
        stage.merge([Merge(TableSchema("t"), (MergeOutput("staging/x", (Slice("tables/deadly", 0, 1, 1),)),))])


@pytest.mark.parametrize("parts", [1, 2])
def test_how_much_of_one_large_object_is_read_is_told_meanwhile(tmp_path: Path, parts: int) -> None:
    line = b"2026-11-21T10:00:00.000Z " + b"x" * 1000 + b"\n"
    FolderStore(tmp_path, "raw").put("exports/a", line * 9_000)
    size = 9_000 * len(line)
    large = replace(bundle(tmp_path, 0), objects=(RawObject("exports/a", size, "s"),))
    read: list[int] = []
    ended: list[int] = []
    open_store = partial(FolderStore, tmp_path)
    with pool_stage(open_store, "raw", "lake", workers=parts, on_read=read.append) as stage:
        stage.sample([large])
        assert not read
        stage.convert([(large, PLAN)], lambda result: ended.append(rows(result)))
    assert ended == [9_000]
    assert len(read) > 3
    assert size - 2**21 < sum(read) <= size


class Together(Pool):
    """A stage with workers that die from two objects together, as if memory ran out, but from neither alone."""

    def run(self, tasks, on_end):  # type: ignore[no-untyped-def]
        for place, task in enumerate(tasks):
            (each,) = task.item.bundles
            if len(each.objects) > 1:
                on_end(place, WorkerDiedError("too much"))
            else:
                on_end(place, [BundleFailure(each.log_group, each.window, each.number, "alone")])


def test_what_dies_of_all_objects_together_may_be_tried_again(tmp_path: Path) -> None:
    stage = PoolConvertStage(Together(Given(FolderStore, "raw", "lake"), 1), 1)  # type: ignore[arg-type]
    results: list[BundleResult | BundleFailure] = []
    work = [(bundle(tmp_path, 0, "a", "b"), PLAN), (bundle(tmp_path, 1, "c"), PLAN)]
    with pytest.raises(TransientError, match="too much"):
        stage.convert(work, results.append)
    assert [each.number for each in results] == [1]


def test_a_worker_that_cant_begin_blames_no_bundle(tmp_path: Path) -> None:
    with (
        pool_stage(unopenable, "raw", "lake", workers=1) as stage,
        pytest.raises(ConfigError, match=r"can't run the kernels \(RuntimeError: no bucket raw for me\): install"),
    ):
        stage.sample([bundle(tmp_path, 0, "a")])


def test_there_is_a_worker_for_each_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


SCRIPT = """
import os, signal, sys
from functools import partial
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has it ignored, here too
sys.path[:0] = {path!r}
from support.fakes.bad_stores import SlowStore
from loglake.core.landing.objects import ObjectScan
from loglake.core.schema.bundle import RawObject
from loglake.pool.convert_stage import pool_stage

print("started", flush=True)
with pool_stage(partial(SlowStore, {root!r}), "raw", "lake", workers=2) as stage:
    print(len(stage.scan([RawObject(key, 1, "") for key in sys.argv[1:]])))
"""
"""Without a guard of `__main__`: a pool that imports the script in its workers would start itself again."""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    bundle(tmp_path, 0, "quick", "slow-1", "slow-2")
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(path=[str(Path(__file__).parents[1])], root=str(tmp_path)))
    return path


def test_a_script_without_a_guard_has_a_pool(script: Path) -> None:
    done = subprocess.run(
        [sys.executable, script, "exports/quick"], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout.split(), done.returncode) == (["started", "1"], 0), done.stderr


@contextmanager
def reading(script: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A script in a session of its own, as soon as both workers read; its temporary folder is there."""
    (tmp_path / "temporary").mkdir()
    with subprocess.Popen(
        [sys.executable, script, "exports/slow-1", "exports/slow-2"],
        env={**os.environ, "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "temporary")},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while len(list((tmp_path / "raw").glob("reading-*"))) < 2:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield process
        finally:
            process.kill()


def test_the_next_script_removes_what_is_left_of_one_that_was_killed_with_its_workers(
    script: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    with reading(script, tmp_path) as process:
        workers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for number in (signal.SIGSTOP, signal.SIGKILL):  # no worker sees that the script ends
            for pid in (*map(int, workers), process.pid):
                os.kill(pid, number)
    assert list(temporary.iterdir())
    subprocess.run([sys.executable, script, "exports/quick"], env={**os.environ, "TMPDIR": str(temporary)}, check=True)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_nothing_is_left_of_a_script_that_is_stopped(script: Path, tmp_path: Path, number: signal.Signals) -> None:
    marker, temporary = str(tmp_path / "home"), tmp_path / "temporary"
    deadline = time.monotonic() + 60
    with reading(script, tmp_path) as process:
        if number in {signal.SIGINT, signal.SIGHUP}:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        assert process.wait(60) == -number
        while processes(f"HOME={marker}"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert not list(temporary.iterdir())
