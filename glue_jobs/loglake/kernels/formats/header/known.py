"""Layouts of well-known loggers with fields that only their documentation gives a meaning to."""

from __future__ import annotations

import re
import string
from functools import lru_cache

from loglake.kernels.formats.header.access import ACCESS
from loglake.kernels.formats.header.layout import layout_of, rank
from loglake.kernels.formats.header.runtimes import GO_AND_RUST, JAVA, OTHERS, PYTHON
from loglake.kernels.formats.header.servers import DATA, NETWORK

KNOWN = tuple(sorted((*JAVA, *PYTHON, *GO_AND_RUST, *OTHERS, *DATA, *NETWORK, *ACCESS), key=rank))
"""All of them, the most particular first."""

_DIGITS = frozenset(
    {
        "iso",
        "short",
        "slashes",
        "common",
        "day_first",
        "compact",
        "numeric",
        "clock",
        "epoch",
        "number",
        "six",
        "squid",
        "asctime",
        "kitchen",
    }
)
"""Kinds that start with a digit."""

_LETTERS = frozenset({"capitals", "any_case", "letter", "method", "month_first", "ctime", "mail", "syslog", "upper"})
"""Kinds that start with a letter."""


def known_layout(event: str) -> str | None:
    """The first known layout that an event has."""
    return next((text for text, pattern in _starting_with(event[:1]) if pattern.match(event)), None)


@lru_cache(maxsize=128)
def _starting_with(first: str) -> list[tuple[str, re.Pattern[str]]]:
    """The known layouts that an event with this first character may have."""
    return [(text, pattern) for text, pattern, starts in _starts() if starts is None or first in starts]


@lru_cache(maxsize=1)
def _starts() -> list[tuple[str, re.Pattern[str], frozenset[str] | None]]:
    return [(text, re.compile(layout_of(text).start, re.ASCII), _first_characters(text)) for text in KNOWN]


def _first_characters(text: str) -> frozenset[str] | None:
    """The characters that a layout may start with; none if it may be any."""
    kind = re.match(r"\{\w+:(\w+)\}", text)
    if not kind:
        return frozenset(text[0])
    if kind[1] in _DIGITS:
        return frozenset(string.digits)
    return frozenset(string.ascii_letters) if kind[1] in _LETTERS else None
