"""One behaviour suite for every object store: in memory, in a folder, on S3, and below a prefix there.

The one on S3 runs here, and in Python shell.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from support.fakes.stores import MemoryStore

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.objects import S3ObjectStore
from loglake.aws.system_clock import SystemClock
from loglake.core.ports.objects import ObjectStore
from loglake.errors import AlreadyExistsError, NotFoundError
from loglake_cli.folders.folder_store import FolderStore

if TYPE_CHECKING:
    from support.python_shell.shell import PythonShell

pytestmark = pytest.mark.contract


IN_SHELL = "s3 in Python shell"
KINDS = ("memory", "folder", "s3", IN_SHELL)
PLACES = [*((kind, False) for kind in KINDS), ("s3", True)]


@pytest.fixture(params=PLACES, ids=lambda place: f"{'below a prefix, ' if place[1] else ''}{place[0]}")
def place(request: pytest.FixtureRequest) -> tuple[str, bool]:
    """The kind of store, and whether it is below a prefix."""
    kind, below = request.param
    return kind, below


@pytest.fixture
def whole(
    place: tuple[str, bool], request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ObjectStore]:
    kind, _ = place
    if kind == "memory":
        yield MemoryStore("bucket")
    elif kind == "folder":
        yield FolderStore(tmp_path / "store" / "bucket")
    elif kind == IN_SHELL:
        shell: PythonShell = request.getfixturevalue("shell")
        with EmbeddedAws(SystemClock()) as aws:
            aws.client("s3").create_bucket(Bucket="bucket")
            yield shell.objects(aws, "bucket")
    else:
        with EmbeddedAws(SystemClock()) as aws:  # moto alone ignores If-None-Match of a copy
            for name, value in aws.environment().items():
                monkeypatch.setenv(name, value)
            client = boto3.session.Session().client("s3")
            client.create_bucket(Bucket="bucket")
            yield S3ObjectStore(client, "bucket")


@pytest.fixture
def store(place: tuple[str, bool], whole: ObjectStore) -> ObjectStore:
    if not place[1]:
        return whole
    whole.put("other/a/b.txt", b"somebody else's")
    whole.put("below", b"somebody else's")
    return S3ObjectStore(boto3.session.Session().client("s3"), "bucket", "below it/")


def test_what_is_put_can_be_got_read_listed_and_deleted(store: ObjectStore) -> None:
    assert store.bucket == "bucket"
    store.put("a/b.txt", b"first")
    store.put("a/b.txt", b"second")
    assert store.get("a/b.txt") == b"second"
    assert b"".join(store.read("a/b.txt", 4)) == b"second"
    assert max(len(chunk) for chunk in store.read("a/b.txt", 4)) <= 4
    assert [(item.key, item.size_bytes) for item in store.list("a/")] == [("a/b.txt", 6)]
    assert store.exists("a/b.txt")
    store.delete(["a/b.txt", "a/nothing"])
    assert not store.exists("a/b.txt")
    store.delete([])


@pytest.mark.parametrize(
    "name", ["a\x1b]52;c;eA==\x07b", "\uffff", "\x7f\x9b", "a\rb\tc", "\u202egpj", "%1b&<>\"'", "é" * 100]
)
def test_keys_may_have_any_character(name: str, store: ObjectStore) -> None:
    """XML, in which S3 lists and deletes, can't have all of them."""
    store.put(f"in/{name}", b"body")
    assert [item.key for item in store.list("in/")] == [f"in/{name}"]
    store.copy(f"in/{name}", f"out/{name}")
    assert store.get(f"out/{name}") == b"body"
    store.put("in/plain", b"")
    store.delete([f"in/{name}", "in/plain", f"out/{name}"])
    assert [*store.list("in/"), *store.list("out/")] == []


def test_a_part_of_an_object_is_read_alone(store: ObjectStore) -> None:
    store.put("a", b"0123456789")
    store.put("empty", b"")
    asked = [(9, 1), (2, 3), (0, 10), (4, 64), (10, 1)]
    assert [store.read_part("a", *each) for each in asked] == [b"9", b"234", b"0123456789", b"456789", b""]
    assert store.read_part("empty", 0, 4) == b""
    with pytest.raises(NotFoundError):
        store.read_part("gone", 0, 4)


def test_listing_is_by_prefix_in_the_order_of_keys(store: ObjectStore) -> None:
    for key in ("p/10", "p/2", "p/sub/x", "pq/1", "other"):
        store.put(key, b"")
    assert [item.key for item in store.list("p/")] == ["p/10", "p/2", "p/sub/x"]
    assert [item.key for item in store.list("p")] == ["p/10", "p/2", "p/sub/x", "pq/1"]
    assert list(store.list("nothing/")) == []


@pytest.mark.parametrize("place", [(kind, kind == "s3") for kind in KINDS], ids=KINDS, indirect=True)
def test_more_than_a_page_of_keys(store: ObjectStore) -> None:
    keys = [f"many/{number:05d}" for number in range(1001)]
    for key in keys:
        store.put(key, b"x")
    assert [item.key for item in store.list("many/")] == keys
    store.delete(keys)
    assert list(store.list("")) == []


def test_a_new_object_is_written_once(store: ObjectStore) -> None:
    store.put_new("once", b"first")
    with pytest.raises(AlreadyExistsError, match="once"):
        store.put_new("once", b"second")
    assert store.get("once") == b"first"


def test_a_copy_never_overwrites(store: ObjectStore) -> None:
    store.put("from", b"new")
    store.copy("from", "to")
    assert store.get("to") == b"new"
    store.put("from", b"newer")
    store.copy("from", "to")
    assert store.get("to") == b"new"
    with pytest.raises(NotFoundError):
        store.copy("gone", "elsewhere")
    assert not store.exists("elsewhere")


def test_a_file_is_written_as_an_object(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"\x00\xff" * 1000)
    store.put_file("file", str(path))
    assert store.get("file") == b"\x00\xff" * 1000


@pytest.mark.parametrize("place", [("s3", True)], ids=["s3"], indirect=True)
def test_keys_of_a_prefix_are_keys_of_the_whole(whole: ObjectStore, store: ObjectStore) -> None:
    store.put("a/b.txt", b"mine")
    whole.put("below it/c", b"theirs")
    assert whole.get("below it/a/b.txt") == b"mine"
    assert [item.key for item in store.list("")] == ["a/b.txt", "c"]
    store.delete(["c"])
    assert [item.key for item in whole.list("")] == ["below", "below it/a/b.txt", "other/a/b.txt"]


def test_what_is_not_there_is_named(
    place: tuple[str, bool], whole: ObjectStore, store: ObjectStore, tmp_path: Path
) -> None:
    where = tmp_path / "store" / "bucket" if isinstance(whole, FolderStore) else "s3://bucket"
    below = "below it/" if place[1] else ""
    with pytest.raises(NotFoundError, match=f"{where}/{below}nothing"):
        store.get("nothing")
    with pytest.raises(NotFoundError):
        list(store.read("nothing", 10))


def test_a_bucket_that_is_not_there_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        nowhere = S3ObjectStore(boto3.client("s3", region_name="us-east-1"), "nowhere")
        with pytest.raises(NotFoundError, match="Deploy the storage stack"):
            nowhere.get("key")
