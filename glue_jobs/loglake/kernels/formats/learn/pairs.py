"""Pairs of key and value in the messages behind a header: where they are looked for, and what they say."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose, coalesce, matches, occurs, pc, to_mask
from loglake.kernels.formats.learn.layout import PAIRS, SPREAD, Layout
from loglake.kernels.formats.learn.patterns import PATTERNS
from loglake.kernels.formats.levels import no_level, normal_level
from loglake.kernels.formats.pairs.columns import Pairs
from loglake.kernels.formats.pairs.in_messages import PAIR_ANYWHERE, scattered_pairs
from loglake.kernels.formats.pairs.logfmt import message_and_level
from loglake.kernels.formats.pairs.reading import Texts, merge, read_pairs

FEWEST = 3
"""Events without a header that end with the same keys."""

_LEVEL_KEYS = ("level", "lvl", "severity", "loglevel")
_KEY = rf"(?:{'|'.join(_LEVEL_KEYS)})="
_AT_EDGE = rf"^(?:[^=]*[\s,;(\[{{|])?{_KEY}|(?:^|[\s,;(\[{{|]){_KEY}[^=]*$"


def first_lines(messages: Strings) -> Strings:
    """Where pairs are looked for: a stack trace or an environment's dump below has its own. Statements have none."""
    lines: Strings = pc.fill_null(messages, "")
    if occurs(lines, "\n"):
        lines = pc.replace_substring_regex(lines, r"\n(?s:.*)$", "")
    return but_of_statements(lines, lines)


def but_of_statements(texts: Strings, pairs: Strings) -> Strings:
    """What is looked through for pairs, nothing of texts that are a statement."""
    is_any = occurs(texts, PATTERNS["may_be_sql"])
    return choose(matches(texts, PATTERNS["sql"]), pa.scalar("", pa.string()), pairs) if is_any else pairs


def level_between(pairs: Texts, texts: Strings) -> Strings:
    """The level that the first or the last pair of a text names."""
    levels = named_level(pairs, len(texts))
    return choose(matches(texts, _AT_EDGE), levels, NO_STRING) if levels.null_count < len(texts) else levels


def named_level(pairs: Texts, length: int) -> Strings:
    """The level that pairs name. A number is none between other words: a player has a level too."""
    found = [pairs[key] for key in _LEVEL_KEYS if key in pairs]
    names = [choose(matches(values, r"^\s*[A-Za-z]"), values, NO_STRING) for values in found]
    return coalesce(*map(normal_level, names), no_level(length))


WHOLE, BEFORE = "whole", "before"
"""The groups of a message that has an object or pairs, and of what stands before those at its end."""

_AFTER_VALUES = r"""(="[^"]*"|='[^']*'|=[^\s"',][^\s",]*)[,;][ \t]+"""
"""Commas and semicolons between pairs."""


def pairs_of(
    layout: Layout, groups: Mapping[str, Strings], taken: Collection[str], message: Strings, level: Strings
) -> Pairs:
    """The pairs of events that have the layout.

    Args:
        layout: one whose messages have pairs.
        groups: the fields of the events.
        taken: names of other fields: a pair that is called so says nothing of message and level.
        message: what the header leaves.
        level: of the header, or of the text.
    """
    between = matches(groups[BEFORE], PAIR_ANYWHERE)
    values = _values(groups, between)
    own = {name: each for name, each in values.items() if name not in taken}
    return Pairs(values, *_said(layout, groups, own, message, level, between=between))


def _values(groups: Mapping[str, Strings], between: Booleans) -> Texts:
    """The values by key. Of an event with pairs in the middle of its message, all of the message is read."""
    spread = to_mask(between)
    if not spread.any():
        return _ending_pairs(groups[PAIRS])
    if spread.all():
        return scattered_pairs(groups[WHOLE])
    rows = np.arange(len(spread))
    there, at_end = pa.array(spread), pa.array(~spread)
    return merge(
        [
            (rows[spread], scattered_pairs(groups[WHOLE].filter(there))),
            (rows[~spread], _ending_pairs(groups[PAIRS].filter(at_end))),
        ]
    )


def _ending_pairs(texts: Strings) -> Texts:
    if occurs(texts, "[,;] "):
        texts = pc.replace_substring_regex(texts, _AFTER_VALUES, r"\1 ")
    if occurs(texts, "=> ?"):
        texts = pc.replace_substring_regex(texts, f"^{PATTERNS['hash']}$", r"\1=\2")
    return read_pairs(texts)


def _said(
    layout: Layout, groups: Mapping[str, Strings], values: Texts, message: Strings, level: Strings, *, between: Booleans
) -> tuple[Strings, Strings]:
    """Message and level. A header without a level may be followed by pairs that have one, and by nothing but pairs."""
    if "level" in groups:
        return message, level
    if layout.tail == SPREAD:
        return message, coalesce(level_between(values, groups[WHOLE]), level)
    own, level_of_pairs = message_and_level(values, message)
    if pc.any(between).as_py():
        level_of_pairs = choose(between, named_level(values, len(message)), level_of_pairs)
    is_all = pc.equal(pc.utf8_trim_whitespace(message), pc.utf8_trim_whitespace(groups[PAIRS]))
    return choose(is_all, own, message), coalesce(level_of_pairs, level)
