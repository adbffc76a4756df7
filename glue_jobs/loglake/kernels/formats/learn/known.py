"""Layouts of well-known loggers and servers, from the library's ``loggers.toml``.

Their fields have a meaning that only the loggers' documentation gives them.
"""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import chain, product, takewhile

from loglake.kernels.formats.kinds import DIGITS_FIRST, LETTERS_FIRST
from loglake.kernels.formats.learn.layout import FIELD, TAIL, layout_of, rank
from loglake.kernels.formats.learn.piece import compiled
from loglake.kernels.formats.notation import KINDS_OF_HEADERS, Choices, Segment, segments_of
from loglake.kernels.formats.tables import Text, tables, whole

_FILE = "library/loggers.toml"


@cache
def layouts_in(group: str) -> tuple[str, ...]:
    """The layouts of a group, in the order of the file."""
    return _layouts(tables(_FILE)["layouts"][group])


def programs() -> Mapping[str, tuple[str, ...]]:
    """The layouts of programs that write to syslog, by RE2 of their names; the last is of any program."""
    return {
        name: layouts_in(own) if isinstance(own, str) else _layouts(own)
        for name, own in tables(_FILE)["programs"].items()
    }


def _layouts(texts: Sequence[Text]) -> tuple[str, ...]:
    made = (segments_of(whole(text, tables(_FILE)["parts"]), KINDS_OF_HEADERS) for text in texts)
    return tuple(layout for segments in made for layout in _each(segments))


def groups() -> Sequence[str]:
    """The names of the groups."""
    return [*tables(_FILE)["layouts"]]


def _each(segments: Sequence[Segment]) -> Iterator[str]:
    """What a text stands for: one layout for each of its choices. The last choice changes first."""
    return map("".join, product(*map(_texts, segments)))


def _texts(segment: Segment) -> Sequence[str]:
    if not isinstance(segment, Choices):
        return [segment if isinstance(segment, str) else segment.text]
    return [*chain.from_iterable(map(_each, segment.choices)), *([""] if segment.is_optional else [])]


_OF_SYSLOG = "asa"
"""What only a message of syslog is."""


@cache  # few processes learn a header
def known_layouts() -> Mapping[str, int]:
    """All of them with their places, the most particular first."""
    own = [layout for group in groups() if group != _OF_SYSLOG for layout in layouts_in(group)]
    behind = [f"haproxy[{{pid:number}}]: {layout}" for layout in layouts_in("haproxy")]
    return {text: place for place, text in enumerate(sorted((*own, *behind), key=rank))}


def is_known(text: str) -> bool:
    """Whether a layout is one of them, perhaps with a tail."""
    return text in known_layouts() or text.partition(TAIL)[0] in known_layouts()


_TIMES = re.compile(r"(?:\{\d+(?:,\d*)?\}|[*+?])\??")
_HOLE = re.compile(r"\{\w*:\w*(?:/.*?/)?\}")
_SIGN = re.compile(r"\t|\||[^\s|]+")
"""A literal of a layout that its events have as it is: spaces may be more, or fewer."""

_PART = re.compile(rf"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|{_TIMES.pattern}|.", re.DOTALL)


def known_layout(event: str) -> str | None:
    """The first known layout that an event has."""
    found = (each.layout(event) for each in _starting_with(event[:1]) if each.sign in event)
    return min((text for text in found if text is not None), key=known_layouts().__getitem__, default=None)


@dataclass(frozen=True)
class _Family:
    """Known layouts that start with the same field, or with the same character, and have the same sign.

    Attributes:
        sign: the longest literal, which shows at no cost that most events have none of them.
        texts: in their order.
    """

    sign: str
    texts: list[str]

    @cached_property  # to compile all of them takes half as long as the imports of a process
    def some(self) -> re.Pattern[str]:
        """What an event has that has one of them: far faster than one after the other. What they share is read once."""
        starts = [re.sub(r"\(\?P<\w+>", "(?:", layout_of(text).start) for text in self.texts]  # a name can't come twice
        return compiled(_any_of([_atoms(start) for start in starts]))

    def layout(self, event: str) -> str | None:
        """The first one that an event has."""
        if not self.some.match(event):
            return None
        return next((text for text in self.texts if compiled(layout_of(text).start).match(event)), None)


@lru_cache(maxsize=128)
def _starting_with(first: str) -> list[_Family]:
    families = ((each, _first_characters(each.texts[0])) for each in _all_families())
    return [each for each, characters in families if characters is None or first in characters]


@lru_cache(maxsize=1)
def _all_families() -> list[_Family]:
    signs = {text: _SIGN.findall(_HOLE.sub(" ", text.partition(TAIL)[0])) for text in known_layouts()}
    counts = Counter(sign for own in signs.values() for sign in own)
    by_start: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text, own in signs.items():
        field = FIELD.match(text)
        sign = max(own, key=lambda each: (len(each), -counts[each]), default="")
        by_start[field[0] if field else text[0], sign].append(text)
    return [_Family(sign, texts) for (_, sign), texts in by_start.items()]


def _any_of(patterns: Sequence[Sequence[str]]) -> str:
    """One pattern for several, each given in its parts. It says whether one of them fits, not which."""
    if not all(patterns):
        return ""
    by_first: dict[str, list[Sequence[str]]] = defaultdict(list)
    for parts in patterns:
        by_first[parts[0]].append(parts)
    made = [_together(same) for same in by_first.values()]
    return made[0] if len(made) == 1 else f"(?:{'|'.join(made)})"


def _together(patterns: Sequence[Sequence[str]]) -> str:
    """One pattern for several that start alike."""
    same = [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*patterns))]
    return "".join(same) + _any_of([parts[len(same) :] for parts in patterns])


def _atoms(pattern: str) -> list[str]:
    """A pattern's parts outside of groups, each with how often it may come; the whole if it is a choice."""
    atoms: list[str] = []
    depth = 0
    for part in _PART.findall(pattern):
        if part == "|" and not depth:
            return [f"(?:{pattern})"]
        if depth or (_TIMES.fullmatch(part) and atoms):
            atoms[-1] += part
        else:
            atoms.append(part)
        depth += (part == "(") - (part == ")")
    return atoms


def _first_characters(text: str) -> frozenset[str] | None:
    """The characters that a layout may start with; none if it may be any."""
    field = FIELD.match(text)
    if not field:
        return frozenset(text[0])
    if field[2] in DIGITS_FIRST:
        return frozenset(string.digits)
    return frozenset(string.ascii_letters) if field[2] in LETTERS_FIRST else None
