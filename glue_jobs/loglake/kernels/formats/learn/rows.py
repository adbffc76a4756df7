"""Lines that are rows: cells between commas, semicolons, tabs, bars or spaces, which a header line names, or none.

Rows without a header line start with a time. One line shows little. So a sample has to be of one mind: nearly all of
its lines that start with a time and the same sign have the same number of cells. These are named by their places.

The layout of rows with one (CSV with commas or semicolons, and TSV) is kept with the table's schema like any other, so
rows are read also if the header line is in another object, or came on another day. A line of names is a header only if
rows follow that have as many cells, and a column of numbers, times or levels, which the header itself has not: so the
header line is an event of its own, and prose is no row. A row that does not fit stays text.

https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from loglake.core.schema.schema import clean_name
from loglake.kernels.arrow import Strings, matches, pc, texts_of
from loglake.kernels.formats.kinds import ANY_CASE, CAPITALS, DATES, KINDS, ROWS
from loglake.kernels.formats.learn.known import known_layout
from loglake.kernels.formats.learn.layout import END, FIELD, TAIL, Layout
from loglake.kernels.formats.learn.named import MAX_HEADERS, MAX_NAMES, RESERVED
from loglake.kernels.formats.learn.piece import State, compiled
from loglake.kernels.formats.learn.pieces import time

_KINDS = {"\t": "tabbed", "|": "cell", ";": "semicolons", " ": "w3c"}
_FEWEST_CELLS = {"\t": 3, "|": 4, ";": 4, " ": 8}
_MOST = 64
"""Signs behind the time: so few show nothing, and a layout with very many is slow."""

FEW, FEW_SPACED, NEARLY_ALL = 2, 4, 0.9
"""Lines alike, more of those with spaces, and their share of those that start alike."""

MOST_WORDS = 0.2
"""The share of words among cells between spaces: a message has more."""

_LEVEL = rf"\[? *(?:{CAPITALS}) *\]?:?"
_SPACED = r'(?: +(?:"[^"\n]*"|[^\s"=]+))+ *'
_CELL = r'"[^"\n]*"|\S+'
_WORD = r"[A-Za-z']+[.,:;!?)]*"
_EPOCHS = ("{timestamp:epoch}", "{timestamp:since}")


def row_layouts(events: Iterable[str]) -> dict[str, list[str]]:
    """The layouts of rows, each with its events. A line that names a level has a header, and is no row."""
    rows = [(event, *_row(event)) for event in events]
    starts = Counter(start for _, start, _ in rows if start)
    counts = Counter((start, text) for _, start, text in rows if text)
    sure = {
        text
        for (start, text), count in counts.items()
        if count >= max(FEW_SPACED if start.endswith(" ") else FEW, NEARLY_ALL * starts[start])
    }
    return {text: [event for event, _, own in rows if own == text] for text in sure}


def is_row(text: str) -> bool:
    """Whether a layout is one of rows."""
    return text.endswith(TAIL + END) and "{field_2:" in text


def _row(event: str) -> tuple[str, str]:
    """How a line starts, up to the first sign, and its layout as a row; empty if it has none."""
    if not event[:1].isdigit() or not any(event.count(sign) >= fewest for sign, fewest in _FEWEST_CELLS.items()):
        return "", ""
    state = State(event)
    found = time(state)
    rest = event[state.at :].rstrip("\r\n ")
    sign = rest.lstrip(" ")[:1] if rest.lstrip(" ")[:1] in _KINDS else " "
    if found is None or not rest.startswith((sign, " ")) or not (state.has_date or found.text in _EPOCHS):
        return "", ""
    cells = compiled(_CELL).findall(rest) if sign == " " else rest.split(sign)[1:]
    if any(compiled(_LEVEL).fullmatch(cell.strip()) for cell in cells):
        return "", ""
    start = f"{found.text}{sign}"
    if (
        "\n" in rest
        or rest.endswith("}")
        or not _FEWEST_CELLS[sign] <= len(cells) <= _MOST
        or _is_text(sign, rest, cells)
    ):
        return start, ""
    if known_layout(event) is not None:
        return "", ""
    between = " | " if sign == "|" else sign
    names = [f"{{field_{place}:{_KINDS[sign]}}}" for place in range(2, len(cells) + 2)]
    return start, between.join([found.text, *names]) + TAIL + END


def _is_text(sign: str, rest: str, cells: Sequence[str]) -> bool:
    """Whether what spaces are between is rather a message."""
    return sign == " " and (
        not compiled(_SPACED).fullmatch(rest)
        or sum(bool(compiled(_WORD).fullmatch(cell)) for cell in cells) > MOST_WORDS * len(cells)
    )


_NAME = r'(?:"[A-Za-z_][^"\n]*"|[A-Za-z_%][\w.:/()%#@-]*(?: [\w.:/()%#@-]+)*)'
_HEADER = "|".join(rf"^{_NAME}(?:{sign}{_NAME}){{2,}}\r?$" for sign in ROWS)
_LOOKED_AT, _FEWEST, _SHARE = 200, 2, 0.5
"""Lines that show whether others are rows; how many have to be, and which share of them."""

_LEVELS = frozenset({"level", "severity", "loglevel", "log_level"})
_NUMBER = r"-?\d{1,40}(?:\.\d{1,40})?"


def is_of_rows(layout: Layout) -> bool:
    """Whether a layout is one of rows, which may start with anything."""
    return not frozenset(ROWS.values()).isdisjoint(layout.fields.values())


def named_rows(raw: Strings, stored: Collection[str]) -> list[str]:
    """The layouts that the header lines in these events name, and whose rows are there, without those that are stored.

    Two headers of as many names would read each other's rows, so then there is no layout.
    """
    headed = matches(raw, _HEADER)
    if not pc.any(headed).as_py():
        return []
    lines = texts_of(raw.filter(pc.invert(headed))[:_LOOKED_AT])
    found = [
        text
        for header in texts_of(pc.unique(raw.filter(headed))[:MAX_HEADERS])
        for sign in ROWS
        for text in _layouts(header.rstrip("\r"), sign, lines)
    ]
    alike = [_shape(text) for text in (*stored, *found)]
    return [text for text in found if alike.count(_shape(text)) == 1]


def _layouts(header: str, sign: str, lines: Sequence[str]) -> Iterator[str]:
    """The layout of the rows of a header, if it is one."""
    names = [_name(cell) for cell in _cells(header, sign)]
    rows = [cells for line in lines if len(cells := _cells(line.rstrip("\r\n"), sign)) == len(names)]
    if not 3 <= len(names) <= MAX_NAMES or len(set(names)) < len(names):
        return
    if len(rows) < max(_FEWEST, _SHARE * len(lines)):
        return
    kinds = [_kind(name, [row[place] for row in rows], sign) for place, name in enumerate(names)]
    kinds = [ROWS[sign] if kind in kinds[:place] else kind for place, kind in enumerate(kinds)]  # one of each is enough
    if any(kind != ROWS[sign] for kind in kinds):
        kinds[-1] = kinds[-1] if ROWS[sign] in kinds else ROWS[sign]  # by which such layouts are known
        fields = (f"{{{_column(name, kind)}:{kind}}}" for name, kind in zip(names, kinds))
        yield sign.join(fields) + TAIL + END


def _cells(line: str, sign: str) -> list[str]:
    """The cells of a line; none if it is no row."""
    pattern = f"({KINDS[ROWS[sign]]})(?:{sign}|$)"
    cells, at = list[str](), 0
    while found := compiled(pattern).match(line, at):
        cells.append(found[1])
        at = found.end()
        if not found[0].endswith(sign) or found.end() == found.end(1):
            break
    return cells if at == len(line) else []


def _kind(name: str, values: Sequence[str], sign: str) -> str:
    """The kind of a column: that of its values if these are never missing, and tell a row from other lines."""
    if name in _LEVELS and all(compiled(ANY_CASE).fullmatch(value) for value in values):
        return "any_case"
    if all(compiled(_NUMBER).fullmatch(value) for value in values):
        return "measure"
    kinds = (kind for kind, pattern in DATES.items() if all(compiled(pattern).fullmatch(each) for each in values))
    return next(kinds, ROWS[sign])


def _name(cell: str) -> str:
    return clean_name(cell.strip('"').replace('""', '"'))


def _column(name: str, kind: str) -> str:
    if kind == "any_case":
        return "level"
    return f"{name}_field" if name in RESERVED else name


def _shape(text: str) -> tuple[str, int]:
    """What is between the cells of a layout's rows, and how many there are; empty if it has no rows."""
    kinds = [kind for _, kind in FIELD.findall(text.partition(TAIL)[0])]
    signs = [sign for sign, kind in ROWS.items() if kind in kinds]
    return (signs[0], len(kinds)) if signs else ("", 0)
