"""A bundle that is split: its helpers make the rows of one that is not, and whatever ends one loses nothing."""

from __future__ import annotations

import gzip
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from support.fakes.bad_stores import DeadlyLake, few_files, forgetful_helpers, hungry_helpers, once_unopenable
from support.fakes.stores import FolderStore
from support.local.processes import processes
from support.worlds.bundles import DAY, bundle_of, exported_line

from loglake.core.schema import bundling
from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import BundleFailure, BundleResult, TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.kernels.readers.raw_objects import Origins
from loglake.kernels.redact.hashes import hashed
from loglake.pool.convert_stage import pool_stage
from loglake.pool.process import Given
from loglake.pool.worker import helpers
from loglake_cli.operations.convert_folder import ConvertCommand, run

pytestmark = pytest.mark.contract

KEY = "exports/t/s/000000.gz"
PLAN = TablePlan("text", TableSchema("app"))
MOVING = """
import tempfile

def moves(batch):
    tempfile.tempdir = {folder!r}
    return batch
"""
"""A transformation that has its temporary files elsewhere."""

BROKEN = "def breaks(batch):\n    raise KeyError('a bug of mine')\n"


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Bundle]:
    """An object of three batches of events. Its end is missing."""
    root = tmp_path_factory.mktemp("raw")
    lines = [exported_line(DAY + n, f"{n} " + "text " * 2_000) for n in range(2_500)]
    body = gzip.compress("".join(lines).encode(), compresslevel=1, mtime=0)[:-20]
    FolderStore(root, "raw").put(KEY, body)
    return root, bundle_of([RawObject(KEY, len(body), "s")])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundle is large enough to be split."""
    monkeypatch.setattr(bundling, "_START_BYTES", 0)


def converted(
    bundle: Bundle, root: Path, lake: Callable[[str, str], FolderStore] = FolderStore
) -> list[BundleResult | BundleFailure]:
    results: list[BundleResult | BundleFailure] = []
    with pool_stage(partial(lake, str(root)), "raw", "lake", workers=2) as stage:
        stage.convert([(bundle, PLAN)], results.append)
    return results


def test_rows_of_a_split_bundle_are_those_of_a_whole_one(raw: tuple[Path, Bundle], tmp_path: Path) -> None:
    source = raw[0] / "raw"
    reports, tables, files = {}, {}, {}
    for workers in (1, 2):
        output = tmp_path / str(workers)
        command = ConvertCommand(source=str(source), output=str(output), table="t", workers=workers)
        report = run(command, lambda _: None, lambda through, of: None)
        reports[workers] = {**report.to_json(), "files": 0, "size_bytes": 0}
        files[workers] = sorted(path.name for path in output.glob("t/dt=*/*.parquet"))
        tables[workers] = ds.dataset(output / "t", partitioning="hive").to_table(use_threads=False)
    assert reports[2] == reports[1]
    assert reports[1]["accounting"]["quarantined"] == 1
    assert tables[2].schema == tables[1].schema
    assert tables[2].sort_by("_line") == tables[1].sort_by("_line")
    assert (len(files[1]), len(files[2])) == (1, 1), "what the helpers wrote is joined"
    assert files[1] != files[2], "what differs has other names, so that no run takes one for the other"

    output = tmp_path / "2"
    next(output.glob("t/dt=*/*.parquet")).unlink()
    command = ConvertCommand(source=str(source), output=str(output), table="t", workers=1)
    run(command, lambda _: None, lambda through, of: None)
    assert [path.name for path in output.glob("t/dt=*/*.parquet")] == files[1], "it replaces the file"


def test_helpers_have_the_key_of_hashes(raw: tuple[Path, Bundle], tmp_path: Path) -> None:
    datasets, key = tmp_path / "datasets.yaml", "k" * 32
    datasets.write_text(
        "datasets: [{log_groups: [/app], redact: [{name: number, pattern: '^[0-9]+', action: hash}]}]\n"
        "redact_key: {file: redact.key}"
    )
    (tmp_path / "redact.key").write_text(key)
    source, output = str(raw[0] / "raw"), tmp_path / "lake"
    command = ConvertCommand(source, str(output), "t", "/app", datasets=datasets, workers=2)
    report = run(command, lambda _: None, lambda through, of: None)
    assert report.to_json()["accounting"]["redacted"] == {"number": 2_499}
    texts = ds.dataset(output / "t", partitioning="hive").to_table(["message"]).column("message").to_pylist()
    assert {str(text).split()[0] for text in texts} == {hashed("number", str(n), key.encode()) for n in range(2_499)}
    assert not [path for path in output.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]


@pytest.mark.parametrize("lake", [DeadlyLake, forgetful_helpers, hungry_helpers, once_unopenable, few_files])
def test_a_bundle_whose_helper_dies_is_converted_by_one_process(
    raw: tuple[Path, Bundle],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lake: Callable[[str, str], FolderStore],
) -> None:
    root, bundle = _own(raw, tmp_path)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (result,) = converted(bundle, root, lake)
    assert isinstance(result, BundleResult)
    assert (result.parts, result.accounting.rows_out) == (1, 2_499)
    assert not list(temporary.iterdir())


def test_a_helper_reports_its_failure_as_a_worker_does(raw: tuple[Path, Bundle], tmp_path: Path) -> None:
    root, bundle = _own(raw, tmp_path)
    (tmp_path / "own_breaking.py").write_text(BROKEN)
    (failure,) = converted(replace(bundle, transform="own_breaking:breaks", transform_path=str(tmp_path)), root)
    assert isinstance(failure, BundleFailure)
    assert "a bug of mine" in failure.reason


def test_a_bundle_that_is_read_again_has_no_more_helpers_than_before(raw: tuple[Path, Bundle], tmp_path: Path) -> None:
    root, bundle = _own(raw, tmp_path)
    folders = tmp_path / "folders"
    folders.mkdir()
    given = Given(partial(FolderStore, str(root)), "raw", "lake")
    with helpers(given, str(folders), 1) as open_parts:
        for _ in range(2):
            (part,) = open_parts(bundle, PLAN, Origins())
            assert len(list(folders.iterdir())) == 1
        part.end()
        assert part.result().accounting.rows_out == 0


SCRIPT = """
import pickle
import sys
from functools import partial
sys.path[:0] = {path!r}
from support.fakes.bad_stores import SlowLake
from loglake.core.schema import bundling
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.pool.convert_stage import pool_stage

bundling._START_BYTES = 0
with pool_stage(partial(SlowLake, {root!r}), "raw", "lake", workers=2) as stage:
    stage.convert([(pickle.loads({bundle!r}), TablePlan("text", TableSchema("app")))], print)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_helpers_whose_run_is_stopped(
    raw: tuple[Path, Bundle], tmp_path: Path, number: signal.Signals
) -> None:
    root, bundle = _own(raw, tmp_path)
    script, marker, temporary = tmp_path / "script.py", str(tmp_path / "home"), tmp_path / "temporary"
    temporary.mkdir()
    own = tmp_path / "own" / "temporary"
    own.mkdir(parents=True)
    (tmp_path / "own_moving.py").write_text(MOVING.format(folder=str(own)))
    bundle = replace(bundle, transform="own_moving:moves", transform_path=str(tmp_path))
    script.write_text(SCRIPT.format(path=[str(Path(__file__).parents[1])], root=str(root), bundle=pickle.dumps(bundle)))
    with ExitStack() as closing:
        process = closing.enter_context(
            subprocess.Popen(
                [sys.executable, script],
                env={**os.environ, "HOME": marker, "TMPDIR": str(temporary)},
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
        deadline = time.monotonic() + 60
        while len(list((root / "lake").glob("staging-*"))) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(60) == -number
        if number == signal.SIGINT:
            assert not processes(f"HOME={marker}"), "they end before the run removes what they staged"
        while processes(f"HOME={marker}"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert not list(temporary.iterdir())
    assert own.exists(), "another's folder is left alone"


def _own(raw: tuple[Path, Bundle], tmp_path: Path) -> tuple[Path, Bundle]:
    """The bundle, in a place of the test's own."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "raw").symlink_to(raw[0] / "raw")
    return root, raw[1]
