"""A folder of exports with unreadable files: each is reported with its reason, and none blocks."""

from __future__ import annotations

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from support.fakes.stages import KernelStage
from support.lakes.export_folders import DAY, TASKS, exported

from loglake.core.local_files import open_file
from loglake.core.units import LogGroupName
from loglake.errors import AccessDeniedError, NotFoundError, UnreadableError
from loglake.pipelines.folder_convert.bundles import FolderRequest
from loglake.pipelines.folder_convert.job import begin
from loglake.pipelines.folder_convert.preparing import prepare
from loglake.pipelines.folder_convert.report import FolderReport
from loglake.pipelines.folder_convert.source_listing import Source
from loglake_cli.folders.folder_store import FolderStore, SourceFolder
from loglake_cli.operations.tables.locations import open_source, parse_place

pytestmark = pytest.mark.local

REASONS = {
    "circle.gz": r"circle\.gz is a link, not a file\.",
    "device.gz": r"device\.gz is a link, not a file\.",
    "fifo.gz": r"fifo\.gz is a FIFO, not a file\.",
    "nowhere.gz": r"nowhere\.gz is a link, not a file\.",
    "socket.gz": r"socket\.gz is a socket, not a file\.",
    "to-fifo.gz": r"to-fifo\.gz is a link, not a file\.",
}
BROKEN = "/proc/self/mem"
"""A regular file that nobody can read from its start, root neither: EIO."""


def write_exports(folder: Path) -> None:
    """Two objects of one stream."""
    stream = folder / TASKS[0] / "web"
    stream.mkdir(parents=True)
    for part in range(2):
        (stream / f"{part:06d}.gz").write_bytes(exported([(DAY + part, f"event {part}")]))


@pytest.fixture
def logs() -> Iterator[Path]:
    """Exports beside a file of each unreadable kind. The path is short, since a socket's has at most 107 characters."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name, socket.socket(socket.AF_UNIX) as server:
        folder = Path(name) / "logs"
        write_exports(folder)
        os.mkfifo(folder / "fifo.gz")
        (folder / "to-fifo.gz").symlink_to("fifo.gz")
        (folder / "nowhere.gz").symlink_to("missing")
        (folder / "circle.gz").symlink_to("circle.gz")
        (folder / "device.gz").symlink_to("/dev/zero")
        server.bind(str(folder / "socket.gz"))
        yield folder


def listed(folder: Path) -> dict[str, str]:
    return {item.key: item.problem for item in SourceFolder(folder).list("")}


class BrokenDisk(SourceFolder):
    """A folder that has broken.gz on a disk that can't be read."""

    def _open(self, key: str) -> BinaryIO:
        return open_file(BROKEN) if key == "broken.gz" else super()._open(key)


def convert(logs: Path, kind: type[SourceFolder] = SourceFolder) -> FolderReport:
    output = FolderStore(logs.parent / "lake")
    request = FolderRequest("shop", LogGroupName("/shop"))
    prepared = prepare(Source(kind(logs), str(logs)), output, request)
    if not prepared.pending.objects:
        return prepared.report()
    stage = KernelStage(kind(logs), FolderStore(logs.parent / "lake" / "_staging" / "shop"))
    return begin(prepared).convert(stage)


def test_each_kind_is_listed_with_its_reason(logs: Path) -> None:
    found = listed(logs)
    assert sorted(key for key in found if not found[key]) == [f"{TASKS[0]}/web/{part:06d}.gz" for part in range(2)]
    problems = {key: problem for key, problem in found.items() if problem}
    assert problems.keys() == REASONS.keys()
    for key, problem in problems.items():
        assert re.search(REASONS[key], problem), problem


def test_nothing_that_is_no_file_is_waited_for(logs: Path) -> None:
    store = FolderStore(logs)
    for key, kind in (("fifo.gz", "FIFO"), ("to-fifo.gz", "FIFO"), ("device.gz", "device")):
        with pytest.raises(UnreadableError, match=rf"{key} is a {kind}, not a file\."):
            store.get(key)
    with pytest.raises(NotFoundError):
        store.get(TASKS[0])


def test_the_others_are_converted_and_these_once_they_are_fixed(logs: Path) -> None:
    report = convert(logs)
    assert (report.objects, report.accounting.rows_out, len(report.problems())) == (2, 2, len(REASONS))
    assert convert(logs).done == 2
    for number, name in enumerate(REASONS):
        (logs / name).unlink()
        (logs / name).write_bytes(exported([(DAY, f"fixed {number}")]))
    report = convert(logs)
    assert (report.objects, report.done, report.problems()) == (len(REASONS), 2, [])


@pytest.mark.skipif(not os.path.exists(BROKEN), reason="needs Linux's /proc")
def test_an_object_on_a_broken_disk_is_reported_by_its_path(logs: Path) -> None:
    for name in REASONS:
        (logs / name).unlink()
    (logs / "broken.gz").write_bytes(b"it is somewhere")
    report = convert(logs, BrokenDisk)
    assert (report.objects, report.accounting.rows_out) == (2, 2)
    (problem,) = report.problems()
    assert re.search(r"broken\.gz can't be read \(Input/output error\): check the path and its disk", problem)


@pytest.mark.parametrize("target", ["../elsewhere", "inside", "../elsewhere/secret.log", "inside/own.log", ".", ".."])
def test_no_link_brings_anything_in(tmp_path: Path, target: str) -> None:
    logs = tmp_path / "logs"
    for folder, name in ((tmp_path / "elsewhere", "secret.log"), (logs / "inside", "own.log")):
        folder.mkdir(parents=True)
        (folder / name).write_text(f"2026-11-20T08:00:00Z {name}\n")
    (logs / "linked").symlink_to(target)
    found = listed(logs)
    assert found == {"inside/own.log": "", "linked": f"{logs}/linked is a link, not a file."}
    report = convert(logs)
    assert (report.objects, report.accounting.rows_out) == (1, 1)
    assert report.problems() == [f"not converted: {logs}/linked is a link, not a file."]


@pytest.mark.parametrize("swapped", ["a", "a/b", "a/b/app.log"])
def test_a_link_that_takes_a_files_place_after_the_listing_is_not_followed(tmp_path: Path, swapped: str) -> None:
    logs, secret = tmp_path / "logs", tmp_path / "secret"
    for root, text in ((logs, "own"), (secret, "secret")):
        (root / "a" / "b").mkdir(parents=True)
        (root / "a" / "b" / "app.log").write_text(text)
    store = SourceFolder(logs)
    assert [item.problem for item in store.list("")] == [""]
    assert store.get("a/b/app.log") == b"own"
    (logs / swapped).rename(tmp_path / "away")
    (logs / swapped).symlink_to(secret / swapped)
    before = len(os.listdir("/dev/fd"))
    for read in (store.get, lambda key: store.read_part(key, 0, 10)):
        with pytest.raises((NotFoundError, UnreadableError)):
            read("a/b/app.log")
    assert len(os.listdir("/dev/fd")) == before  # no folder stays open


def test_what_a_person_names_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    (tmp_path / "link").symlink_to("logs")
    (tmp_path / "link.log").symlink_to("logs/app.log")
    for name in ("link", "link.log"):
        assert [item.key for item in open_source(parse_place(str(tmp_path / name))).list("")] == ["app.log"]


def test_a_name_that_is_no_text_is_reported(logs: Path) -> None:
    try:
        (logs / os.fsdecode(b"caf\xe9.gz")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    problem = listed(logs)["caf\\xe9.gz"]
    assert re.search(r"caf\\xe9\.gz' is not UTF-8: rename it\.", problem)
    assert convert(logs).objects == 2


def test_what_is_not_permitted_is_reported(guarded: Path) -> None:
    logs = guarded / "logs"
    write_exports(logs)
    (logs / "closed").mkdir()
    (logs / "closed" / "x.gz").write_bytes(exported([(DAY, "x")]))
    (logs / "secret.gz").write_bytes(exported([(DAY, "y")]))
    for path in ("closed", "secret.gz"):
        (logs / path).chmod(0)
    try:
        report = convert(logs)
        assert report.objects == 2
        for name, problem in zip(("closed", "secret.gz"), sorted(report.problems()), strict=True):
            assert f"{name} can't be read (Permission denied): check its permissions" in problem
    finally:
        (logs / "closed").chmod(0o700)
    (logs / "secret.gz").chmod(0o600)
    assert convert(logs).objects == 2
    logs.chmod(0)
    try:
        with pytest.raises(AccessDeniedError, match=r"logs/? can't be read"):
            listed(logs)
    finally:
        logs.chmod(0o700)


def test_folders_that_are_named_like_objects_hold_objects(logs: Path) -> None:
    (logs / "000000.gz").mkdir()
    (logs / "000000.gz" / "000001.gz").write_bytes(exported([(DAY, "inside")]))
    (logs / "000001.gz").mkdir()
    found = listed(logs)
    assert (found["000000.gz/000001.gz"], "000001.gz" in found) == ("", False)
    assert convert(logs).accounting.rows_out == 3
