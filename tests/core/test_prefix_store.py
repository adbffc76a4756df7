"""A prefix of a bucket as an object store, beyond the contract suite."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fakes.stores import MemoryStore

from loglake.core.cloud_types import ObjectInfo
from loglake.core.prefix_store import PrefixStore
from loglake.errors import AlreadyExistsError

pytestmark = pytest.mark.unit


def test_keys_are_relative_and_nothing_else_is_touched(tmp_path: Path) -> None:
    whole = MemoryStore("bucket")
    whole.put("out", b"beside")
    whole.put("other/a", b"other")
    below = PrefixStore(whole, "out/")
    (tmp_path / "file").write_bytes(b"file")

    below.put("a/1", b"one")
    below.put_new("a/2", b"two")
    below.put_file("b", str(tmp_path / "file"))
    below.copy("a/1", "c")
    with pytest.raises(AlreadyExistsError):
        below.put_new("a/2", b"again")

    assert below.bucket == "bucket"
    assert list(below.list("a/")) == [ObjectInfo("a/1", 3), ObjectInfo("a/2", 3)]
    assert (below.get("c"), b"".join(below.read("b", 2)), below.exists("a"), below.exists("b")) == (
        b"one",
        b"file",
        False,
        True,
    )
    assert below.read_part("b", 2, 2) == b"le"
    below.delete(item.key for item in list(below.list("")))
    assert whole.objects == {"out": b"beside", "other/a": b"other"}
