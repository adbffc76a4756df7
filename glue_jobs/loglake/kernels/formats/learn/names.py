"""What shows that a text of a header is the name of a logger or a thread, and no word of the message.

A word before a colon may be anything: a key, a label, the name of an exception. It names a logger if the same few words
stand before all kinds of text. What a bracket holds is a thread only if it looks like one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from loglake.kernels.formats.learn.patterns import PATTERNS
from loglake.kernels.formats.learn.pieces import is_name

_FEW = 4
"""Of fewer values, none can be seen to come again."""

_MANY = 50
"""So many events can contradict the name that a table has for a column."""

_LABELS, _VALUE, _THREAD = (re.compile(PATTERNS[name]) for name in ("labels", "value_behind", "thread_name"))
_DIGITS = re.compile(r"\d+")

_LOGGER = re.compile(r"[A-Za-z][\w.:$/\\@-]*")
_WORDS = re.compile(r"[A-Za-z]+(?:[ _-][A-Za-z]+){0,3}|[A-Za-z]\w*(?::[A-Za-z][\w.]*)+")


def opening(text: str) -> str:
    """How what follows a name starts: its first two words without their numbers; empty if it is a value."""
    rest = text.lstrip(" \t:|-")
    return "" if _VALUE.match(rest) else _DIGITS.sub("0", " ".join(rest.split(maxsplit=2)[:2]))


def before_text(openings: Mapping[str, Counter[str]]) -> bool:
    """Whether words may be names: none is a label, and text follows them more often than values.

    Args:
        openings: how what follows them starts, by word; see `opening`.
    """
    if any(map(_LABELS.fullmatch, openings)):
        return False
    return 2 * sum(found[""] for found in openings.values()) <= sum(found.total() for found in openings.values())


def before_all_kinds(openings: Mapping[str, Counter[str]]) -> bool:
    """Whether these are the same few words before all kinds of text."""
    kinds = {kind for found in openings.values() for kind in found if kind}
    count = sum(found.total() for found in openings.values())
    return 2 * len(openings) <= count and len(kinds) >= len(openings)


def contradict(openings: Mapping[str, Counter[str]]) -> bool:
    """Whether many words of a table's loggers are none: labels, keys with values, or words that hardly come again.

    It takes more than to learn no logger of these words: a few of other events do not end a column.
    """
    counts = {word: found.total() for word, found in openings.items()}
    labels = sum(count for word, count in counts.items() if _LABELS.fullmatch(word))
    values, events = sum(found[""] for found in openings.values()), sum(counts.values())
    return events >= _MANY and (10 * labels > events or 2 * values > events or 2 * len(counts) > events)


def are_other(values: Counter[str], name: str) -> bool:
    """Whether what a table's brackets hold, called thread or logger, hardly comes again, and looks like neither."""
    come_again = 2 * len(values) <= values.total()
    return values.total() >= _MANY and not come_again and role(values, is_behind=True, is_alone=True) != name


def role(values: Counter[str], *, is_behind: bool, is_alone: bool) -> str:
    """What the column of a header's brackets is called, by all that they hold: thread, logger or context.

    Args:
        values: what they hold.
        is_behind: they stand behind the time and the level.
        is_alone: the level has no brackets of its own.
    """
    if 2 * sum(map(bool, map(_THREAD.fullmatch, values))) > len(values):
        return "thread"
    if values and all(map(is_name, values)):
        return "logger"
    if not is_behind:
        return "context"
    come_again = values.total() >= 2 * len(values)
    shape = _LOGGER if come_again and values.total() >= _FEW else _WORDS
    return "logger" if (come_again or not is_alone) and all(map(shape.fullmatch, values)) else "context"
