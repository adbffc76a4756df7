"""What nginx, Apache, log4j and Grok call values: ``names.toml``; and Grok's patterns: ``grok_patterns.txt``.

Fields of Grok have the names of Logstash before version 8, which are those of AWS Glue, too; or `ECS_NAMES`. Numbers
and times have types. Quotes around a referrer or an agent are not part of it, and a dash stands for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from loglake.core.schema.schema import InferredType
from loglake.kernels.formats.base import DECIMAL, TIME, TYPES, WHOLE, FieldTypes
from loglake.kernels.formats.imports.times import TimeForm, strftime_form
from loglake.kernels.formats.tables import tables

NAMES: Mapping[str, Mapping[str, Any]] = tables("imports/names.toml")
"""By whose they are."""


def pairs_in(text: str) -> Mapping[str, str]:
    """The columns by the names in a text such as ``s=status port``."""
    return {name: column or name for name, _, column in (word.partition("=") for word in text.split())}


def typed_names(owner: str) -> Mapping[str, tuple[str, InferredType]]:
    """Columns and types by the names that an owner has for them."""
    names = NAMES[owner]
    columns = {kind: pairs_in(names[kind]) for kind in TYPES if kind in names}
    return {name: (column, TYPES[kind]) for kind, own in columns.items() for name, column in own.items()}


def _patterns() -> Mapping[str, str]:
    text = files(__package__).joinpath("grok_patterns.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: expression for name, _, expression in (line.partition(" ") for line in lines)}


LIBRARY: Mapping[str, str] = _patterns()
"""Expressions by name; each may name others."""

ECS_NAMES = pairs_in(NAMES["grok"]["ecs"])
"""What the fields are called in the Elastic Common Schema, and in Logstash from version 8 on."""

FORMS: Mapping[str, tuple[TimeForm, ...]] = {
    name: tuple(map(strftime_form, forms)) for name, forms in NAMES["grok"]["times"].items()
}
"""How times are written that not every text format reads."""

GROK_TYPES: FieldTypes = {
    **dict.fromkeys(NAMES["grok"]["whole"].split(), WHOLE),
    **dict.fromkeys(NAMES["grok"]["decimal"].split(), DECIMAL),
    **dict.fromkeys(FORMS, TIME),
}
"""Of a field without a type of its own, by the pattern that it has. All others are text."""

LEVELS = frozenset({"LOGLEVEL", "RUBY_LOGLEVEL"})
"""Patterns whose field is the level."""
