"""How the events of formats with a class look, from ``texts.toml``: as RE2, made when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from loglake.kernels.formats.notation import KINDS_OF_ALL, Compiled, compiled, whole_pattern
from loglake.kernels.formats.tables import Text, tables, whole


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


def _compiled(text: Text, table: Mapping[str, Any]) -> Compiled:
    return compiled(whole(text, table["parts"]), KINDS_OF_ALL)


def table_of(name: str) -> Any:
    """What the file has for a format."""
    return tables("coded/texts.toml")[name]
