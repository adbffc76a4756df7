"""Lines of fields with separators: cut by Arrow's reader of CSV, which is several times as fast as RE2 with groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from loglake.kernels.arrow import Booleans, Strings, bytes_of, matches, nulls, pc, texts_of

LOOKS = 8
"""Events of a batch that show which orders it has."""

_LINE_FEED, _CARRIAGE_RETURN = b"\n\r"
_WORD = re.compile(r'"[^"]*"|[^"\s]\S*')


@dataclass(frozen=True)
class Cell:
    """One field of a line that is cut at separators.

    Attributes:
        name: of the group that the format's pattern has for it; empty if it has none.
        pattern: RE2 without groups of the values that are cut so. Only a value in quotes has a separator in it, and
            none but its own quotes. In a line with such values no other one starts with a quote.
        is_quoted: whether quotes may be around the value, which are not part of it.
        before: how many characters before the value are not part of it, such as a bracket.
        after: how many behind it are not.
        words: how many fields the reader sees.
        inner: groups that the value consists of, with a space between them and in none of them.
    """

    name: str
    pattern: str
    is_quoted: bool = False
    before: int = 0
    after: int = 0
    words: int = 1
    inner: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """The fields of a line.

    Attributes:
        cells: one after the other.
        separator: the character between them.
        rest: the group of all that follows behind one more separator, and starts with no white space; empty if the
            line ends with the cells. Then no value is in quotes, nor is a dash or nothing null.
    """

    cells: tuple[Cell, ...]
    separator: str = " "
    rest: str = ""

    @cached_property
    def has_quotes(self) -> bool:
        """Whether quotes may be around a value."""
        return any(each.is_quoted for each in self.cells)

    @cached_property
    def words(self) -> int:
        """How many fields the reader sees."""
        return sum(each.words for each in self.cells)

    @cached_property
    def pattern(self) -> str:
        """RE2 of the cells."""
        return self.separator.join(f"(?:{each.pattern})" for each in self.cells)

    def words_in(self, text: str) -> int:
        """How many fields the reader sees in an event."""
        return len(_WORD.findall(text)) if self.has_quotes else text.count(self.separator) + 1

    def matches(self, raw: Strings) -> Booleans:
        """Which events are such a line; null if there is none."""
        if self.rest:
            return matches(raw, rf"^{self.pattern}{self.separator}\S")
        found = matches(raw, f"^{self.pattern}$")
        data = bytes_of(raw)[1]
        if (data == _LINE_FEED).any() or (data == _CARRIAGE_RETURN).any():  # faster than an expression
            found = pc.and_(found, pc.invert(matches(raw, r"[\r\n]")))
        return found

    def cut(self, raw: Strings) -> dict[str, Strings]:
        """The groups of texts that all match or are null; null for a dash and for nothing.

        Raises:
            pa.ArrowInvalid: a value has a separator that its pattern should not allow.
        """
        raw = pc.fill_null(raw, self.separator.join("-" * self.words)) if raw.null_count else raw
        if self.rest:
            named = [bool(cell.name) for cell in self.cells for _ in range(cell.words)]
            columns = _first_words(raw, named, self.separator)
        else:
            columns = columns_of(raw, self.words, self.separator, has_quotes=self.has_quotes)
        groups: dict[str, Strings] = {self.rest: columns[-1]} if self.rest else {}
        for cell in self.cells:
            own, columns = columns[: cell.words], columns[cell.words :]
            if not cell.name:
                continue
            whole = pc.binary_join_element_wise(*own, self.separator) if cell.words > 1 else own[0]
            groups[cell.name] = (
                pc.utf8_slice_codeunits(whole, cell.before, -cell.after or None) if cell.before or cell.after else whole
            )
            if cell.inner:
                groups |= zip(cell.inner, columns_of(own[0], len(cell.inner), " ", has_quotes=False))
        return groups


def _first_words(texts: Strings, named: Sequence[bool], separator: str) -> list[Strings]:
    """The first fields of texts that all have as many, and what follows. Those without a name are left empty."""
    parts: Strings = pc.split_pattern(texts, separator, max_splits=len(named)).flatten()
    firsts = np.arange(0, len(parts), len(named) + 1)
    return [parts.take(firsts + place) if wanted else parts[:0] for place, wanted in enumerate([*named, True])]


def order_of(raw: Strings, orders: Sequence[Order]) -> Order | None:
    """The order of the first event that has one; a few are looked at."""
    raw = raw.drop_null() if raw.null_count else raw
    places = np.unique(np.linspace(0, len(raw) - 1, LOOKS).astype(np.int64)) if len(raw) else np.zeros(0, np.int64)
    for text in texts_of(raw.take(places)):
        for order in orders:
            if order.words_in(text) == order.words and order.matches(pa.array([text]))[0].as_py():
                return order
    return None


def columns_of(
    texts: Strings, words: int, separator: str, *, has_quotes: bool, blanks: Sequence[str] = ("", "-")
) -> list[Strings]:
    """The fields of texts that all have as many; a blank is null."""
    if not len(texts):
        return [nulls(0, pa.string())] * words
    lines: Any = pc.binary_join_element_wise(texts, "", "\n")
    whole: Any = bytes_of(lines)[1]
    data: Any = pa.py_buffer(whole)
    names = [str(number) for number in range(words)]
    table = csv.read_csv(
        data,
        csv.ReadOptions(use_threads=False, column_names=names, block_size=data.size + 1),
        csv.ParseOptions(delimiter=separator, quote_char='"' if has_quotes else False, double_quote=False),
        csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            null_values=list(blanks),
            strings_can_be_null=True,
        ),
    )
    return [column.combine_chunks() for column in table.columns]
