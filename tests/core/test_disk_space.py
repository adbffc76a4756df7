"""The message about a full disk names the disk, its free space and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from loglake.core.disk_space import full_disk_named, mount_of, no_space
from loglake.errors import NoSpaceError, ServiceError

pytestmark = pytest.mark.unit


def disk(**changes: int) -> SimpleNamespace:
    """The result of statvfs for a full disk of 64 MB."""
    values = {"f_blocks": 64, "f_bavail": 0, "f_frsize": 1_000_000, "f_files": 10, "f_favail": 5}
    return SimpleNamespace(**{**values, **changes})


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_path_disk_and_advice_are_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: disk())
    mount = mount_of(str(tmp_path))
    with pytest.raises(NoSpaceError) as caught, full_disk_named(str(tmp_path / "x"), ", and run again"):
        raise OSError(number, os.strerror(number), "/somewhere/else")
    assert str(caught.value) == (
        f"{tmp_path}/x can't be written ({os.strerror(number)}): the disk at {mount} has 0.0 of 64.0 MB free; make "
        "room there, and run again."
    )
    assert (caught.value.mount, isinstance(caught.value, ServiceError)) == (mount, True)


def test_other_trouble_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), full_disk_named(str(tmp_path), ""):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))


def test_a_disk_without_room_for_more_files_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: disk(f_bavail=50, f_favail=0))
    assert "the disk at / can hold no more files (10 inodes are in use)" in str(
        no_space("/", OSError(errno.ENOSPC, ""), "")
    )


def test_a_disk_that_is_gone_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "statvfs", gone)
    assert "the disk at / can't be looked at (Input/output error)" in str(no_space("/", OSError(errno.ENOSPC, ""), ""))


def test_a_path_that_is_gone_is_on_the_disk_of_its_nearest_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: path in {str(tmp_path / "disk"), "/"})
    (tmp_path / "disk" / "folder").mkdir(parents=True)
    (tmp_path / "link").symlink_to("disk/folder")
    assert mount_of(str(tmp_path / "disk" / "folder" / "gone" / "file")) == str(tmp_path / "disk")
    assert mount_of(str(tmp_path / "link" / "gone")) == str(tmp_path / "disk")
    assert mount_of(str(tmp_path / "other")) == "/"
