"""RE2 of what headers, messages and their ends look like: ``headers.toml``, which says what each is for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from loglake.kernels.formats.kinds import KINDS, LEVEL_WORDS
from loglake.kernels.formats.pairs.in_messages import PAIR_ANYWHERE
from loglake.kernels.formats.tables import tables, wholes

_FILE = tables("learn/headers.toml")
_PARTS = {
    **KINDS,
    **_FILE["patterns"],
    **{"level_words": "|".join(LEVEL_WORDS), "method_name": KINDS["method"].removesuffix("|-")},
    "pair_anywhere": PAIR_ANYWHERE,
}

PATTERNS: Mapping[str, str] = wholes(_FILE["patterns"], _PARTS)

TAILS: Mapping[str, str] = wholes(_FILE["tails"], _PARTS)
"""What may end the first line of an event, or all of it, by the tail of its layout."""


def _of_kinds(text: str) -> str:
    """RE2 of a layout's text. Its fields need no names."""
    parts = re.split(r"\{(?:\w+:)?(\w+)\}", text)
    return "".join(f"(?:{KINDS[part]})" if place % 2 else re.escape(part) for place, part in enumerate(parts))


BRACKETS: Mapping[str, str] = {text: narrower or _of_kinds(text) for text, narrower in _FILE["brackets"].items()}
"""What brackets may hold, if they hold nothing else, by the text of a layout."""

W3C_KINDS: Mapping[str, str] = _FILE["w3c"]
"""RE2 of the names of W3C's fields by the kind of their values: it tells lines of two header lines apart, and prose."""
