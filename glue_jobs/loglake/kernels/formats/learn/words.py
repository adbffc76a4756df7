"""Headers with one space between their words, as most loggers write them: split there, which is faster than RE2.

RE2 with a group per field looks at each byte of a header many times. So events of a narrower pattern without groups are
split at their first spaces. What it matches, a layout's own pattern reads alike: no value has a space, or the bracket
around it, so each ends where its word ends. All others are left to the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import product

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Strings, pc, to_mask
from loglake.kernels.formats.delimited import LOOKS, Cell, Order
from loglake.kernels.formats.kinds import ENCLOSED, SPACED_ZONES, WORDS
from loglake.kernels.formats.learn.layout import FIELD, TAIL, Layout
from loglake.kernels.formats.pairs.reading import merge
from loglake.kernels.formats.text_fields import REST, cut


def cut_header(raw: Strings, layout: Layout) -> dict[str, Strings]:
    """The groups of a layout's pattern, in any order, of events that have the layout."""
    order = next((each for each in orders_of(layout) if pc.any(each.matches(raw[:LOOKS])).as_py()), None)
    if order is None:
        return cut(raw, layout.pattern)
    own = to_mask(order.matches(raw))
    if own.all():
        return order.cut(raw)
    rows = np.arange(len(raw))
    parts = (order.cut(raw.filter(pa.array(own))), cut(raw.filter(pa.array(~own)), layout.pattern))
    return merge(zip((rows[own], rows[~own]), parts))


def orders_of(layout: Layout) -> tuple[Order, ...]:
    """How the words of lines with a layout may be, behind which the message starts; none if they can't be split."""
    return _orders(layout.text, frozenset(layout.fields)) if layout.pattern.endswith(REST) else ()


@lru_cache(maxsize=1024)
def _orders(text: str, names: Collection[str]) -> tuple[Order, ...]:
    """Of a layout whose time may be one word or two, both."""
    head = text.partition(TAIL)[0]
    if not head.endswith(" ") or "  " in head:
        return ()
    words = head[:-1].split(" ")
    cells = [list(_cells(word, names)) for word in words]
    if any(_may_go_on(word, following) for word, following in zip(words, [*cells[1:], None])):
        return ()
    return tuple(Order(each, rest="message") for each in product(*cells))


def _cells(word: str, names: Collection[str]) -> Iterator[Cell]:
    """How a word of a layout may look; none if it may have white space."""
    fields = list(FIELD.finditer(word))
    if len(fields) > 1 or any(sign.isspace() for sign in word):
        return
    if not fields:
        yield Cell("", re.escape(word))
        return
    (found,) = fields
    name, kind = found.groups()
    before, after = word[: found.start()], word[found.end() :]
    bracket, enclosed = ENCLOSED.get(kind, ("", ""))
    patterns = WORDS.get(kind, ())
    if enclosed and before.endswith(bracket[:1]) and after.startswith(bracket[1:]):
        patterns = (enclosed,)
    for pattern in patterns:
        whole, words = rf"{re.escape(before)}(?:{pattern}){re.escape(after)}", pattern.count(" ") + 1
        yield Cell(name if name in names else "", whole, before=len(before), after=len(after), words=words)


def _may_go_on(word: str, following: list[Cell] | None) -> bool:
    """Whether the word behind a time may be its zone, which the time's own pattern would take. A message may be."""
    if not word.endswith(":iso}"):
        return False
    return following is None or any(re.fullmatch(each.pattern, zone) for each in following for zone in SPACED_ZONES)
