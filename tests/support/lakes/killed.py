"""A process that ends before one of its writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from support.worlds.worlds import World


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_before(world: World, write: int) -> Iterator[list[str]]:
    """The process ends before its n-th write; yields the writes that were done."""
    done: list[str] = []
    stores: list[tuple[Any, str]] = [(world.lake, name) for name in ("put", "put_new", "copy", "delete")]
    stores += [(world.control, name) for name in ("put", "put_new")]
    stores += [(world.ledger, name) for name in ("add", "replace")]

    def counting(do: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if len(done) == write:
                raise Killed(name)
            done.append(name)
            return do(*arguments)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for store, name in stores:
            patch.setattr(store, name, counting(getattr(store, name), name))
        yield done
