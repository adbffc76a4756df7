"""The one table of how logs write times: ``layouts.toml``, which says what a layout's groups are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

import tomllib

_FILE: Mapping[str, Mapping[str, str | Sequence[str]]] = tomllib.loads(
    files(__package__).joinpath("layouts.toml").read_text("utf-8")
)


def _whole(text: str | Sequence[str]) -> str:
    """A text with its parts in it."""
    return re.sub(r"\{=(\w+)\}", lambda part: _whole(_FILE["parts"][part[1]]), "".join(text))


MONTHS = tuple(_whole("{=months}").split("|"))
NAMED_ZONES = _whole("{=named_zones}")

DATES: Mapping[str, str] = {name: _whole(text) for name, text in _FILE["dates"].items()}
"""Times with a date: an event that starts with one has a header."""

LAYOUTS: Mapping[str, str] = {**DATES, **{name: _whole(text) for name, text in _FILE["others"].items()}}

TAI_AHEAD = 10
"""Seconds, as daemontools counts: https://cr.yp.to/libtai/tai64.html"""

MONTH_FIRST = "android"
"""A layout whose month only what stands around it shows."""

WITH_SLASH = (r"^(\d\d)-(\d\d) ", r"\1/\2-")
"""RE2, and what makes a time of that layout one of `snort`, which shows it itself."""


def unnamed(layout: str) -> str:
    """A layout whose groups have no names, as a part of another pattern."""
    return re.sub(r"\?P<\w+>", "?:", re.sub(r"\(\?P<\w+>([^()|]*)\)(?!\?)", r"\1", layout))
