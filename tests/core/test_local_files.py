"""Reading local files never blocks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from loglake.core.local_files import LocalFiles, LocalFolder, not_a_file
from loglake.errors import UnreadableError

pytestmark = pytest.mark.unit


def test_a_file_is_read_in_chunks_and_so_is_what_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a.log")
    for name in ("a.log", "link"):
        assert list(LocalFiles().read(str(tmp_path / name), 2)) == [b"12", b"34", b"5"]


@pytest.mark.parametrize(
    ("name", "is_a"), [("fifo", "a FIFO"), ("link", "a FIFO"), ("folder", "a folder"), ("null", "a device")]
)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, name: str, is_a: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "null").symlink_to("/dev/null")
    path = str(tmp_path / name)
    assert not_a_file(path, os.stat(path)) == f"{path} is {is_a}, not a file"
    with pytest.raises((UnreadableError, IsADirectoryError), match=f"{is_a}, not a file|directory"):
        list(LocalFiles().read(path, 1))


def test_a_missing_file_is_the_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(LocalFiles().read(str(tmp_path / "gone"), 1))


def test_a_folder_lists_its_visible_files_by_key_with_what_can_not_be_read(tmp_path: Path) -> None:
    for name in ("b/2.log", "b/1.log", "a.log", ".hidden/3.log", "b/.part"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"123")
    os.utime(tmp_path / "a.log", ns=(0, 1_700_000_000_123_000_000))
    os.mkfifo(tmp_path / "c.fifo")
    (tmp_path / "d.log").symlink_to("gone")
    (tmp_path / "e").symlink_to("b")
    (tmp_path / "f.log").symlink_to("a.log")
    folder = LocalFolder(str(tmp_path))
    found = list(folder.list(""))
    assert [(each.key, each.size_bytes, each.problem) for each in found] == [
        ("a.log", 3, ""),
        ("b/1.log", 3, ""),
        ("b/2.log", 3, ""),
        ("c.fifo", 0, f"{tmp_path}/c.fifo is a FIFO, not a file."),
        ("d.log", 4, f"{tmp_path}/d.log is a link, not a file."),
        ("e", 1, f"{tmp_path}/e is a link, not a file."),
        ("f.log", 5, f"{tmp_path}/f.log is a link, not a file."),
    ]
    for key in ("e/1.log", "f.log"):
        with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
            list(folder.read(key, 2))
    assert found[0].changed_ms == 1_700_000_000_123
    assert [each.key for each in folder.list("b/")] == ["b/1.log", "b/2.log"]
    assert list(folder.read("b/1.log", 2)) == [b"12", b"3"]


def test_a_file_that_goes_while_its_folder_is_listed_is_reported(tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(b"123")
    found = LocalFolder(str(tmp_path)).list("")
    assert next(found).key == "a.log"
    (tmp_path / "b.log").unlink()
    (gone,) = found
    assert (gone.key, gone.problem) == ("b.log", f"{tmp_path}/b.log can't be read: No such file or directory.")
