"""Pairs in the middle of messages: where they are looked for, and what they say of the level."""

from __future__ import annotations

import pyarrow as pa

from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, matches, occurs, pc
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.pairs.reading import Texts

FEWEST = 3
"""Events without a header that end with the same keys."""

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
    return but_of_statements(lines, lines)


def but_of_statements(texts: Strings, pairs: Strings) -> Strings:
    """What is looked through for pairs, nothing of texts that are a statement."""
    return choose(matches(texts, SQL), pa.scalar("", pa.string()), pairs) if occurs(texts, _MAY_BE_SQL) else pairs


def level_between(pairs: Texts, texts: Strings) -> Strings:
    """The level that the first or the last pair of a text names."""
    levels = named_level(pairs, len(texts))
    return choose(matches(texts, _AT_EDGE), levels, NO_STRING) if levels.null_count < len(texts) else levels


def named_level(pairs: Texts, length: int) -> Strings:
    """The level that pairs name. A number is none between other words: a player has a level too."""
    found = [pairs[key] for key in _LEVEL_KEYS if key in pairs]
    names = [choose(matches(values, r"^\s*[A-Za-z]"), values, NO_STRING) for values in found]
    return coalesce(*map(normal_level, names), no_level(length))
