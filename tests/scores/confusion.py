"""Which format claims the events of each format's fixtures: a confusion matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from loglake.core.schema.format_choice import FLOOR
from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.registry import FORMATS
from scores.sets import fixture_events


def claims(texts: Sequence[str]) -> list[str]:
    """The format that detection gives each event to. Layouts of headers are learned on what no other format claims."""
    claimed = [""] * len(texts)
    for name, known in FORMATS.items():
        left = [row for row, each in enumerate(claimed) if not each]
        if not left:
            break
        raw = pa.array([texts[row] for row in left], pa.string())
        each = known.learned(raw) if isinstance(known, HeaderFormat) else known
        for row in to_mask(each.matches(raw)).nonzero()[0]:
            claimed[left[row]] = name
    return claimed


def confusion() -> dict[str, Counter[str]]:
    """By format, how many events of its fixtures each format claims among those of all formats."""
    events = fixture_events()
    claimed = iter(claims([text for texts in events.values() for text in texts]))
    return {name: Counter(next(claimed) for _ in texts) for name, texts in events.items()}


def lines(matrix: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """A line a format: how many of its events it claims itself, and which others claim some."""
    yield f"{'format':<24} {'events':>7} {'own':>7}  claimed by others"
    for name, row in sorted(matrix.items()):
        others = ", ".join(f"{other} {count}" for other, count in row.items() if other != name)
        yield f"{name:<24} {sum(row.values()):>7,} {row.get(name, 0):>7,}  {others or '-'}"
    missing = FORMATS.keys() - matrix.keys() - {FLOOR}
    if missing:
        yield f"without fixtures: {', '.join(sorted(missing))}"


def main() -> None:
    """Prints the matrix."""
    for line in lines(confusion()):
        print(line)


if __name__ == "__main__":
    main()
