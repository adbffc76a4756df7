"""Counts how many events each format reads, and how many are left to plain text."""

from __future__ import annotations

from collections import Counter

from loglake.core.schema.format_choice import FLOOR
from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Strings
from loglake.kernels.formats.base import Parse, Parsed
from loglake.kernels.formats.text import TextFormat

EXAMPLES, EXAMPLE_CHARACTERS = 3, 100
"""As many events that fell to plain text are kept, each with so much of it."""


class ReadCounts:
    """Counts while events are parsed. Memory: a number per format, and the examples.

    Attributes:
        counts: events by the id of the format that read them; `FLOOR` counts the events that no other format read.
        examples: the first events that no other format read.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: list[str] = []

    def counting(self, name: str, parse: Parse, step: int = 1) -> Parse:
        """A parser that counts the events that it gets for a format; with -1, those that the format leaves to it."""

        def parsed(raw: Strings) -> Parsed:
            self.counts[name] += step * len(raw)
            return parse(raw)

        return parsed

    def floor(self, schema: TableSchema) -> Parse:
        """The parser of plain text."""
        parse = TextFormat().parser(schema)

        def parsed(raw: Strings) -> Parsed:
            wanted = EXAMPLES - len(self.examples)
            if wanted:
                self.examples += [str(text)[:EXAMPLE_CHARACTERS] for text in raw.slice(0, wanted).to_pylist()]
            return parse(raw)

        return self.counting(FLOOR, parsed)
