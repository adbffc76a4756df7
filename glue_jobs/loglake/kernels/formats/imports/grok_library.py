"""The patterns that a Grok pattern may name, from ``grok_patterns.txt``, and the types of their values.

Fields have the names of Logstash before version 8, which are those of AWS Glue, too; or `ECS_NAMES`. Numbers and times
have types. Quotes around a referrer or an agent are not part of it, and a dash stands for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from loglake.kernels.formats.base import DECIMAL, TIME, WHOLE, FieldTypes
from loglake.kernels.formats.imports.names import NAMES, pairs_in
from loglake.kernels.formats.imports.times import TimeForm, strftime_form


def _read() -> Mapping[str, str]:
    text = files(__package__).joinpath("grok_patterns.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: expression for name, _, expression in (line.partition(" ") for line in lines)}


LIBRARY: Mapping[str, str] = _read()
"""Expressions by name; each may name others."""

_NAMES = NAMES["grok"]

ECS_NAMES = pairs_in(_NAMES["ecs"])
"""What the fields are called in the Elastic Common Schema, and in Logstash from version 8 on."""

FORMS: Mapping[str, tuple[TimeForm, ...]] = {
    name: tuple(map(strftime_form, forms)) for name, forms in _NAMES["times"].items()
}
"""How times are written that not every text format reads."""

TYPES: FieldTypes = {
    **dict.fromkeys(_NAMES["whole"].split(), WHOLE),
    **dict.fromkeys(_NAMES["decimal"].split(), DECIMAL),
    **dict.fromkeys(FORMS, TIME),
}
"""Of a field without a type of its own, by the pattern that it has. All others are text."""

LEVELS = frozenset({"LOGLEVEL", "RUBY_LOGLEVEL"})
"""Patterns whose field is the level."""
