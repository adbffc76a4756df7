"""How the events of formats with a class look, from ``texts.toml``: as RE2, made when it is first needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import tomllib

from loglake.kernels.formats.notation import KINDS_OF_ALL, Compiled, compiled, whole_pattern


@cache
def patterns_of(name: str, key: str = "text") -> tuple[str, ...]:
    """The patterns of whole events."""
    table = table_of(name)
    return tuple(whole_pattern(_compiled(text, table)) for text in table[key])


@cache
def sentences_of(name: str, key: str) -> Mapping[str, str]:
    """Patterns of parts of messages, each by a text that such messages have."""
    table = table_of(name)
    return {sign: _compiled(text, table).pattern for sign, text in table[key].items()}


def _compiled(text: str | Sequence[str], table: Mapping[str, Any]) -> Compiled:
    return compiled(_whole(text, table["parts"]), KINDS_OF_ALL)


@cache
def table_of(name: str) -> Any:
    """What the file has for a format."""
    return _file()[name]


def _whole(text: str | Sequence[str], parts: Mapping[str, str | Sequence[str]]) -> str:
    return re.sub(r"\{=(\w+)\}", lambda part: _whole(parts[part[1]], parts), "".join(text))


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("texts.toml").read_text("utf-8"))
