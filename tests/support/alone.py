"""A plugin of pytest: packages that are named in WITHOUT can't be imported (`make test-houses`).

It has what such tests need of ``tests/conftest.py``, which they don't load.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

import pytest

from support.fakes.interrupts import interrupts_arrive

_WITHOUT = frozenset(os.environ["WITHOUT"].split())


class _Walls(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname.partition(".")[0] in _WITHOUT:
            raise ModuleNotFoundError(f"{fullname} is behind a wall", name=fullname)


assert not _WITHOUT & sys.modules.keys(), "something has imported them already"
sys.meta_path.insert(0, _Walls())

ctrl_c = pytest.fixture(scope="session", autouse=True)(interrupts_arrive)
