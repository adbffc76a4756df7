"""The messages between this process and one of Python shell's Python: a sequence of pickles.

A kind of state item has functions in it, which are not pickled: both sides have the same kinds, by their names.
"""

from __future__ import annotations

import pickle
from typing import Any, BinaryIO

from loglake.core import state_items
from loglake.core.state_items import StateKind

_KINDS = {kind.name: kind for kind in vars(state_items).values() if isinstance(kind, StateKind)}


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: Any) -> str | None:
        return value.name if isinstance(value, StateKind) else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, name: str) -> StateKind[Any]:
        return _KINDS[name]


def send(stream: BinaryIO, message: Any) -> None:
    _Pickler(stream, protocol=4).dump(message)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    return _Unpickler(stream).load()
