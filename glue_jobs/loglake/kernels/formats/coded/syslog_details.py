"""The fields of syslog messages: as the layout of a well-known program says, and pairs of key and value anywhere."""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import InferredType
from loglake.kernels.arrow import Int64s, Mask, Strings, bytes_of, matches, no_mask, passing, pc, to_mask
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.coded.fields_format import Values, with_values
from loglake.kernels.formats.kinds import CAPITALS, NUMBERS
from loglake.kernels.formats.learn.fields import cleaned
from loglake.kernels.formats.learn.known import programs
from loglake.kernels.formats.learn.layout import Layout, layout_of
from loglake.kernels.formats.objects.among_text import without_objects
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.pairs.columns import MARK
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.pairs.reading import merge
from loglake.kernels.formats.text_fields import cut

ANY = ".*"
"""The name of any program. Its layouts are asked last."""

_MAYBE_HEADER = rf"^(?:\[|\d|[IWEF]\d{{4}}|(?:{CAPITALS})[: ])"
_STARTS = np.isin(np.arange(256), np.frombuffer(b"[0123456789TFVDINCWESAP", np.uint8))
"""By byte, whether what it matches may start with it."""

_TWO_FIELDS = re.compile(r"([^{]*\{\w+:\w+\}[^{…]+)\{")
"""Of a layout."""


def details(programs: Strings, messages: Strings) -> Values:
    """The fields of messages by name, and their pairs by key, with `MARK` before it.

    Args:
        programs: who wrote each message.
        messages: texts, null if there is none.
    """
    texts = pc.fill_null(messages, "")
    parts = list[tuple[Int64s, Values]]()
    unread = np.ones(len(texts), np.bool_)
    names = pc.unique(programs.drop_null())
    for program in _programs():
        rows = np.flatnonzero(unread & _written_by(program, names, programs, texts))
        if not len(rows):
            continue
        events = pc.ascii_ltrim_whitespace(texts if len(rows) == len(texts) else texts.take(rows))
        rows, events = _kept(rows, events, to_mask(matches(events, program.may_start)))
        for layout in program.layouts:
            if not len(rows):
                break
            mask = to_mask(matches(events, layout.start))
            if mask.any():
                mine, own = _kept(rows, events, mask)
                unread[mine] = False
                parts.append((mine, _groups(layout, own)))
                rows, events = _kept(rows, events, ~mask)
    left = np.flatnonzero(unread)
    values = merge([*parts, (left, {"message": texts.take(left)})]) if parts else {"message": texts}
    rest = without_objects(pc.fill_null(values.pop("message"), ""))
    return {**values, **{f"{MARK}{name}": texts for name, texts in scattered_pairs(rest).items()}}


def types_of(values: Values) -> dict[str, InferredType]:
    """The types of the fields that some event has: see `type_of`."""
    return {name: type_of(name, texts) for name, texts in with_values(values).items()}


def type_of(name: str, texts: Strings) -> InferredType:
    """The type of a field; text if a layout says that it is no number."""
    return pair_type(name, texts) if _numeric().get(name, True) else TEXT


def _written_by(program: _Program, names: Strings, programs: Strings, texts: Strings) -> Mask:
    """Which texts a program may have written, by its name; if that is any, by how the text starts."""
    if program.name == ANY:
        return _maybe_header(texts)
    own = names.filter(matches(names, f"^(?:{program.name})$"))
    return to_mask(pc.is_in(programs, own)) if len(own) else no_mask(len(texts))


def _maybe_header(texts: Strings) -> Mask:
    """Which texts start as a logger's header may: one look at one byte of each, and another at those that are left."""
    bounds, data = bytes_of(texts)
    if not len(data):
        return no_mask(len(texts))
    return passing(_STARTS[data.take(bounds[:-1], mode="clip")], texts, partial(matches, pattern=_MAYBE_HEADER))


class _Program(NamedTuple):
    """What a program writes.

    Attributes:
        name: RE2 of its name.
        may_start: RE2 of how each message with one of the layouts starts. It is short: RE2 compiles it for each batch.
        layouts: of its messages.
    """

    name: str
    may_start: str
    layouts: tuple[Layout, ...]


@lru_cache(maxsize=1)
def _programs() -> tuple[_Program, ...]:
    known = []
    for name, texts in programs().items():
        starts = (re.sub(r"[?]P<\w+>", "?:", layout_of(_up_to_second_field(text)).start) for text in texts)
        known.append(_Program(name, "|".join(dict.fromkeys(starts)), tuple(map(layout_of, texts))))
    return tuple(known)


def _up_to_second_field(text: str) -> str:
    """The start of a layout, if something stands between its first two fields; else all of it."""
    texts = _TWO_FIELDS.match(text)
    return texts[1] if texts else text


def _kept(rows: np.ndarray, events: Strings, mask: Mask) -> tuple[np.ndarray, Strings]:
    return (rows, events) if mask.all() else (rows[mask], events.filter(pa.array(mask)))


@lru_cache(maxsize=1)
def _numeric() -> dict[str, bool]:
    fields = [field for each in _programs() for layout in each.layouts for field in layout.fields.items()]
    return {name: kind in NUMBERS for name, kind in fields}


def _groups(layout: Layout, events: Strings) -> Values:
    groups = cut(events, layout.pattern)
    return {**groups, **{name: cleaned(groups[name], kind) for name, kind in layout.fields.items()}}
