"""Specialities of folders as stores: links, permissions, names that are not keys, and half-written files."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from loglake.errors import AccessDeniedError, AlreadyExistsError, ConfigError, NoSpaceError, NotFoundError, ServiceError
from loglake_cli.folders.folder_store import PART, FolderStore

pytestmark = pytest.mark.local


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> FolderStore:
    return FolderStore(folder)


def keys(store: FolderStore) -> list[str]:
    return [item.key for item in store.list("")]


def test_folders_come_and_go_with_their_objects(store: FolderStore, folder: Path) -> None:
    assert keys(store) == []
    assert not folder.exists()
    store.put("a/b/c", b"1")
    store.put("a/d", b"2")
    store.delete(["a/b/c", "a/b/c", "nothing/at/all"])
    assert [path.name for path in folder.rglob("*")] == ["a", "d"]
    store.delete(["a/d"])
    assert list(folder.iterdir()) == []


def test_a_folder_that_another_process_removes_is_made_again(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes the last object in a folder, and the folder with it, while another object is put there."""
    make = os.makedirs
    removed: list[str] = []

    def make_for_a_moment(path: str, exist_ok: bool) -> None:
        make(path, exist_ok=exist_ok)
        if len(removed) < 3:
            os.rmdir(path)
            removed.append(path)

    monkeypatch.setattr(os, "makedirs", make_for_a_moment)
    store.put("staging/a/x", b"1")
    assert len(removed) == 3
    assert keys(store) == ["staging/a/x"]


def test_a_copy_takes_no_space_and_stays_what_it_was(store: FolderStore, folder: Path) -> None:
    store.put("from", b"first")
    store.copy("from", "to/it")
    assert (folder / "from").samefile(folder / "to" / "it")
    store.put("from", b"second")
    assert (store.get("from"), store.get("to/it")) == (b"second", b"first")


def test_a_file_system_without_links(store: FolderStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(_source: str, _target: str) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", link)
    store.put_new("once", b"first")
    with pytest.raises(AlreadyExistsError):
        store.put_new("once", b"second")
    store.copy("once", "to")
    store.put("once", b"other")
    store.copy("once", "to")
    assert store.get("to") == b"first"
    assert keys(store) == ["once", "to"]


def test_a_source_that_vanishes_while_it_is_copied(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: str, _target: str) -> None:
        raise FileNotFoundError(errno.ENOENT, "gone", source)

    store.put("from", b"")
    monkeypatch.setattr(os, "link", link)
    with pytest.raises(NotFoundError, match="from does not exist"):
        store.copy("from", "to")


def test_what_a_killed_process_left_is_seen_and_can_be_deleted(store: FolderStore, folder: Path) -> None:
    store.put("a/b", b"")
    (folder / "a" / f"{PART}1234").write_bytes(b"half")
    assert keys(store) == [f"a/{PART}1234", "a/b"]
    store.delete(keys(store))
    assert list(folder.iterdir()) == []


def test_links_are_followed_and_circles_end(store: FolderStore, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x").write_bytes(b"there")
    (elsewhere / "back").symlink_to(folder)
    store.put("a", b"here")
    (folder / "linked").symlink_to(elsewhere)
    (folder / "nowhere").symlink_to(tmp_path / "missing")
    assert keys(store) == ["a", "linked/x", "nowhere"]
    assert store.get("linked/x") == b"there"
    assert [item.size_bytes for item in store.list("n")] == [0]
    with pytest.raises(NotFoundError):
        store.get("nowhere")


@pytest.mark.parametrize("key", ["", "a//b", "../a", "a/./b", "/etc/passwd", "a/", "a\0b"])
def test_keys_that_would_leave_the_folder(store: FolderStore, key: str) -> None:
    with pytest.raises(ConfigError, match="can't be the path of a file"):
        store.put(key, b"")
    with pytest.raises(ConfigError):
        store.get(key)


@pytest.mark.parametrize("prefix", ["../", "/etc/", "a/../../", "./a/", "a//b"])
def test_prefixes_that_would_leave_the_folder(store: FolderStore, folder: Path, prefix: str) -> None:
    store.put("a/b", b"")
    (folder.parent / "secret").touch()
    with pytest.raises(ConfigError, match="can't be the path of a file"):
        list(store.list(prefix))


def test_names_that_are_no_text(store: FolderStore, folder: Path) -> None:
    folder.mkdir()
    try:
        (folder / os.fsdecode(b"caf\xe9.gz")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    with pytest.raises(ConfigError, match=r"caf\\xe9\.gz' is not UTF-8: rename it"):
        keys(store)


def test_what_is_not_permitted_is_reported(guarded: Path) -> None:
    store = FolderStore(guarded)
    store.put("secret/x", b"")
    secret = guarded / "secret"
    (secret / "x").chmod(0)
    with pytest.raises(AccessDeniedError, match=r"secret/x can't be read \(Permission denied\): check its permissions"):
        store.get("secret/x")
    secret.chmod(0)
    try:
        with pytest.raises(AccessDeniedError, match="secret can't be read"):
            keys(store)
        with pytest.raises(AccessDeniedError, match="can't be written"):
            store.put("secret/y", b"")
        with pytest.raises(AccessDeniedError, match="can't be deleted"):
            store.delete(["secret/x"])
    finally:
        secret.chmod(0o700)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "make room there, and run again"), (errno.EIO, "check the path and its disk")]
)
def test_what_the_disk_refuses_is_reported(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def write(_self: Path, _body: bytes) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(ServiceError, match=said):
        store.put("a", b"")


def test_a_full_disk_is_the_one_that_is_written_to(
    store: FolderStore, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`shutil.copyfile` names the file that is read."""
    source = tmp_path / "source"
    source.write_bytes(b"x")

    def copy(path: str, part: str) -> None:
        assert os.path.exists(part)
        raise OSError(errno.ENOSPC, "No space left on device", path, None, part)

    monkeypatch.setattr(shutil, "copyfile", copy)
    with pytest.raises(NoSpaceError, match=rf"^{folder}/a/b can't be written .* make room there, and run again\.$"):
        store.put_file("a/b", str(source))
    assert list(folder.iterdir()) == []


def test_a_file_in_the_way_is_reported(store: FolderStore, folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(ServiceError, match="can't be written"):
        store.put("a", b"")
    assert keys(store) == []
    assert not store.exists("a")


def test_it_goes_where_spark_sends_it(store: FolderStore) -> None:
    store.put("a", b"body")
    sent: Any = pickle.loads(pickle.dumps(store))
    assert (sent.get("a"), sent.bucket) == (b"body", "store")
