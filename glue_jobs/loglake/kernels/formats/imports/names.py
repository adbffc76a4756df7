"""What nginx, Apache, log4j and Grok call values: ``names.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import tomllib

from loglake.core.schema.schema import InferredType
from loglake.kernels.formats.notation import TYPES

NAMES: Mapping[str, Mapping[str, Any]] = tomllib.loads(files(__package__).joinpath("names.toml").read_text("utf-8"))
"""By whose they are."""


def pairs_in(text: str) -> Mapping[str, str]:
    """The columns by the names in a text such as ``s=status port``."""
    return {name: column or name for name, _, column in (word.partition("=") for word in text.split())}


def typed_names(owner: str) -> Mapping[str, tuple[str, InferredType]]:
    """Columns and types by the names that an owner has for them."""
    names = NAMES[owner]
    columns = {kind: pairs_in(names[kind]) for kind in TYPES if kind in names}
    return {name: (column, TYPES[kind]) for kind, own in columns.items() for name, column in own.items()}
