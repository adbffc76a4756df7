"""Pairs in the middle of messages: which of them a program writes again and again, and what they say of the level.

A person, code and a map's dump write pairs too. So a key becomes a column only if a sample shows it often, and parsing
follows the schema alone: a key without a column stays in the message.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, matches, occurs, pc, to_mask
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.pairs.reading import Texts

FEWEST, LEAST_SHARE, MOST_KEYS = 3, 0.01, 64
"""Events that have a key, their share of the events with pairs, and keys that one sample can add."""

_DATA = re.compile(r"-\d|\d{3}|[0-9a-f]{8}|\.(?:[3-9]|\d{2,})$")
"""What a key has that is data: a UUID, a name with its number, or one that comes again and again in an event."""

_LEVEL_KEYS = ("level", "lvl", "severity", "loglevel")
_KEY = rf"(?:{'|'.join(_LEVEL_KEYS)})="
_AT_EDGE = rf"^(?:[^=]*[\s,;(\[{{|])?{_KEY}|(?:^|[\s,;(\[{{|]){_KEY}[^=]*$"


SQL = r"(?i:\b(?:SELECT\s(?s:.*)\sWHERE|INSERT\s(?s:.*)\sVALUES|UPDATE\s(?s:.*)\sSET|DELETE\s(?s:.*)\sWHERE)\b)"
"""A statement. What its conditions compare is not a pair."""

_MAY_BE_SQL = r"(?i:\b(?:SELECT|INSERT|UPDATE|DELETE)\s)"


def first_lines(messages: Strings) -> Strings:
    """Where pairs are looked for: a stack trace or an environment's dump below has its own. Statements have none."""
    lines: Strings = pc.fill_null(messages, "")
    if occurs(lines, "\n"):
        lines = pc.replace_substring_regex(lines, r"\n(?s:.*)$", "")
    if occurs(lines, _MAY_BE_SQL):
        lines = choose(matches(lines, SQL), pa.scalar("", pa.string()), lines)
    return lines


def sure_keys(pairs: Texts) -> set[str]:
    """The keys that become columns."""
    if not pairs:
        return set()
    counts = {name: len(values) - values.null_count for name, values in pairs.items() if not _DATA.search(name)}
    has_pairs = np.logical_or.reduce([to_mask(values.is_valid()) for values in pairs.values()])
    fewest = max(FEWEST, LEAST_SHARE * int(has_pairs.sum()))
    often = sorted((name for name, count in counts.items() if count >= fewest), key=lambda name: (-counts[name], name))
    return set(often[:MOST_KEYS])


def level_between(pairs: Texts, texts: Strings) -> Strings:
    """The level that the first or the last pair of a text names."""
    levels = named_level(pairs, len(texts))
    return choose(matches(texts, _AT_EDGE), levels, NO_STRING) if levels.null_count < len(texts) else levels


def named_level(pairs: Texts, length: int) -> Strings:
    """The level that pairs name. A number is none between other words: a player has a level too."""
    found = [pairs[key] for key in _LEVEL_KEYS if key in pairs]
    names = [choose(matches(values, r"^\s*[A-Za-z]"), values, NO_STRING) for values in found]
    return coalesce(*map(normal_level, names), no_level(length))
