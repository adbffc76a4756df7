"""How many events each format read, and whether a configured format reads its log groups."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loglake.core.accounting import Accounting
from loglake.core.schema.format_choice import AUTO, FLOOR, LAMBDA

MIN_READ_RATIO = 0.5
"""If a configured format reads less than this share of its events, the run is PARTIAL."""

EXAMPLES = 3
_READS, _SUCH_AS = " reads ", ", such as "
_UNTESTED = frozenset({AUTO, FLOOR, LAMBDA})
"""``auto`` chooses by what it sees, and any text may be a line of plain text, or one of Lambda's functions."""


@dataclass
class _Counted:
    read_as: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


class FormatShares:
    """Counts by table, log group and configured format. Memory: a few numbers for each."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, str, str], _Counted] = defaultdict(_Counted)

    def add(self, table: str, log_group: str, format_id: str, accounting: Accounting, examples: Iterable[str]) -> None:
        """Counts events of a log group that a dataset gives a format, and how many fell to plain text."""
        found = self._counted[table, log_group, format_id]
        found.read_as.update(accounting.read_as)
        found.examples += list(examples)[: EXAMPLES - len(found.examples)]

    def below(self, ratio: float) -> list[str]:
        """A sentence for each log group, if its configured format read less than that share of its events."""
        return [
            _sentence(log_group, table, format_id, counted)
            for (table, log_group, format_id), counted in sorted(self._counted.items())
            if format_id not in _UNTESTED and _is_below(counted.read_as, ratio)
        ]

    def to_json(self) -> dict[str, dict[str, int]]:
        """Events by table and the format that read them."""
        tables: dict[str, Counter[str]] = defaultdict(Counter)
        for (table, _, _), counted in sorted(self._counted.items()):
            tables[table].update(counted.read_as)
        return {table: dict(counts.most_common()) for table, counts in tables.items() if counts}


def with_examples(sentence: str, remarks: Iterable[str]) -> str:
    """Adds examples to a sentence of `below`, from a job's remark about the same log group and format.

    The remark may cover only some of the events, so its numbers may differ.
    """
    if _SUCH_AS in sentence:
        return sentence
    about = sentence.partition(_READS)[0] + _READS
    shown = (said.partition(_SUCH_AS) for said in remarks if said.startswith(about))
    return sentence + next((f"{_SUCH_AS}{examples}" for _, such_as, examples in shown if such_as), "")


def _is_below(read_as: Mapping[str, int], ratio: float) -> bool:
    events = sum(read_as.values())
    return events - read_as.get(FLOOR, 0) < ratio * events


def _sentence(log_group: str, table: str, format_id: str, counted: _Counted) -> str:
    events = sum(counted.read_as.values())
    shown = ", ".join(repr(example) for example in counted.examples)
    return (
        f"{log_group} (table {table}): the configured format {format_id}{_READS}{events - counted.read_as[FLOOR]:,} of "
        f"{events:,} events, the rest is plain text" + (f"{_SUCH_AS}{shown}" if shown else "")
    )


def in_words(read_as: Mapping[str, int]) -> str:
    """``json 1,200, plain text 3``, the most first."""
    return ", ".join(
        f"{'plain text' if name == FLOOR else name} {count:,}" for name, count in Counter(read_as).most_common()
    )
