"""Files of TOML beside the code. A text in them may be a list of its pieces, and name parts: ``{=clock}``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Union

import tomllib

Text = Union[str, Sequence[str]]


@cache
def tables(name: str) -> Mapping[str, Any]:
    """The tables of a file, by its place in this package; read once."""
    return tomllib.loads((resources.files(__package__) / name).read_text("utf-8"))


def whole(text: Text, parts: Mapping[str, Text]) -> str:
    """A text in one piece, with the parts that it names, and those that these name."""
    return re.sub(r"\{=(\w+)\}", lambda found: whole(parts[found[1]], parts), "".join(text))


def wholes(texts: Mapping[str, Text], parts: Mapping[str, Text]) -> dict[str, str]:
    """The texts of a table, each in one piece."""
    return {name: whole(text, parts) for name, text in texts.items()}
