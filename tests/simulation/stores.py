"""Buckets for hundreds of thousands of objects."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from support.fakes.stores import MemoryStore

from loglake.core.cloud_types import ObjectInfo


class IndexedStore(MemoryStore):
    """A bucket in memory that lists a prefix without looking at all keys.

    Keys are kept in order, by their first two names: all prefixes that the pipelines list begin with one at least.

    Attributes:
        sizes: what objects that stand for larger ones are listed with, by key.
    """

    def __init__(self, bucket: str, on_put: Callable[[str], None] = lambda key: None) -> None:
        super().__init__(bucket)
        self.sizes: dict[str, int] = {}
        self._on_put = on_put
        self._folders: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        first, _, rest = prefix.partition("/")
        second, slash, _ = rest.partition("/")
        folders = self._folders.get(first, {})
        parts = [folders.get(second, [])] if slash else folders.values()
        found = [key for part in parts for key in _below(part, prefix)]
        return (ObjectInfo(key, self.sizes.get(key) or len(self.objects[key])) for key in sorted(found))

    def put(self, key: str, body: bytes) -> None:
        self._index(key)
        super().put(key, body)
        self._on_put(key)

    def put_new(self, key: str, body: bytes) -> None:
        super().put_new(key, body)
        self._index(key)
        self._on_put(key)

    def copy(self, source_key: str, key: str) -> None:
        super().copy(source_key, key)
        self._index(key)
        if size := self.sizes.get(source_key):
            self.sizes[key] = size

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            if self.objects.pop(key, None) is not None:
                first, second = _folder(key)
                keys = self._folders[first][second]
                del keys[bisect_left(keys, key)]

    def _index(self, key: str) -> None:
        first, second = _folder(key)
        keys = self._folders[first][second]
        at = bisect_left(keys, key)
        if keys[at : at + 1] != [key]:
            keys.insert(at, key)


def _below(keys: list[str], prefix: str) -> Iterator[str]:
    """Of keys in order, those with a prefix."""
    for at in range(bisect_left(keys, prefix), len(keys)):
        if not keys[at].startswith(prefix):
            return
        yield keys[at]


def _folder(key: str) -> tuple[str, str]:
    first, _, rest = key.partition("/")
    return first, rest.partition("/")[0]
