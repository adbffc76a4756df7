"""The pieces of a layout."""

from __future__ import annotations

from dataclasses import dataclass

from loglake.core.schema.schema import InferredType
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.imports.times import TimeForm

MESSAGE, LEVEL = "message", "level"

USER, USUAL_USER = r'[^\[\]"]*?', r'[^\s\[\]":][^\s\[\]"]*'
"""The name of a user without quotes may have spaces."""


@dataclass(frozen=True)
class Part:
    """A value in a layout.

    Attributes:
        name: of its column; `MESSAGE` and `LEVEL` are the event's own.
        seen: its type.
        shape: RE2 without groups; empty: by what follows.
        forms: how a time is written.
        has_spaces: it may have spaces, also before one.
        usual: if it has a shape, RE2 of the values that have a clear end: see `layout_order`. Spaces in it stand for
            themselves.
    """

    name: str
    seen: InferredType = TEXT
    shape: str = ""
    forms: tuple[TimeForm, ...] = ()
    has_spaces: bool = False
    usual: str = ""


@dataclass(frozen=True)
class Request:
    """The first line of an HTTP request, which is the event's message; its parts are fields.

    Attributes:
        names: of method, target and protocol.
    """

    names: tuple[str, str, str]


@dataclass(frozen=True)
class Raw:
    """RE2 without groups that stands between values."""

    pattern: str


Piece = str | Part | Request | Raw
