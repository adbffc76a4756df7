"""Temporary folders of processes that ended, in whatever way."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from loglake.core.temporary import TemporaryFolder

pytestmark = pytest.mark.unit

SCRIPT = """
import os, sys
from loglake.core.temporary import TemporaryFolder

folder = TemporaryFolder("test", sys.argv[1])
open(os.path.join(folder.name, "file"), "w").close()
if sys.argv[2:] == ["fork"] and os.fork() == 0:
    sys.exit()
if sys.argv[2:]:
    os.wait()
print(folder.name, flush=True)
sys.stdin.read()
"""


def started(place: Path, *arguments: str) -> tuple[subprocess.Popen[str], Path]:
    """A process that has made a folder and lives until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(place), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


@pytest.fixture
def living(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    process, folder = started(tmp_path)
    with process:
        yield process, folder


def test_the_next_process_removes_what_killed_ones_left_and_nothing_else(
    tmp_path: Path, living: tuple[subprocess.Popen[str], Path]
) -> None:
    _, held = living
    left = []
    for number in (signal.SIGKILL, signal.SIGHUP, signal.SIGTERM):
        process, folder = started(tmp_path)
        with process:
            process.send_signal(number)
        left.append(folder)
    another_hosts = tmp_path / f"{left[0].name[:-1]}x"
    others = [tmp_path / "loglake-12345678", tmp_path / "loglake-ui-12345678", another_hosts]
    for folder in others:
        folder.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "loglake-tmp-link").symlink_to(elsewhere)
    assert left[-1].exists()
    with TemporaryFolder("test", str(tmp_path)) as made:
        assert not any(folder.exists() for folder in left)
        assert all(folder.exists() for folder in (held / "file", *others, elsewhere, Path(made)))
    assert not Path(made).exists()


def test_a_process_that_ends_removes_its_folder(living: tuple[subprocess.Popen[str], Path]) -> None:
    process, folder = living
    assert folder.exists()
    process.communicate("")
    assert not folder.exists()


def test_the_folder_outlives_forked_processes(tmp_path: Path) -> None:
    process, folder = started(tmp_path, "fork")
    with process:
        assert (folder / "file").exists()
    assert not folder.exists()


def test_a_folder_that_is_removed_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = tempfile.mkdtemp, []

    def unlucky(**options: str) -> str:
        made.append(make(**options))
        if len(made) == 1:
            shutil.rmtree(made[0])
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", unlucky)
    with TemporaryFolder("test", str(tmp_path)) as name:
        assert (len(made), name) == (2, made[1])
        assert Path(name).is_dir()


def test_a_folder_that_is_removed_while_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, locked = fcntl.flock, []

    def late(descriptor: int, operation: int) -> None:
        lock(descriptor, operation)
        locked.append(descriptor)
        if len(locked) == 1:
            shutil.rmtree(next(tmp_path.iterdir()))

    monkeypatch.setattr(fcntl, "flock", late)
    with TemporaryFolder("test", str(tmp_path)) as name:
        assert len(locked) == 2
        assert [Path(name)] == list(tmp_path.iterdir())


def test_what_another_user_left_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process, folder = started(tmp_path)
    with process:
        process.kill()
    someone = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: someone)
    with TemporaryFolder("test", str(tmp_path)):
        assert folder.exists()


def test_it_can_be_removed_twice_and_by_others(tmp_path: Path) -> None:
    folder = TemporaryFolder("test", str(tmp_path))
    shutil.rmtree(folder.name)
    folder.cleanup()
    folder.cleanup()
