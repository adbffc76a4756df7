"""The layouts of well-known loggers and servers, from the library's ``loggers.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import chain, product

import tomllib

from loglake.kernels.formats.notation import KINDS_OF_HEADERS, Choices, Segment, segments_of

_PART = re.compile(r"\{=(\w+)\}")


@cache
def layouts_in(group: str) -> tuple[str, ...]:
    """The layouts of a group, in the order of the file."""
    return _layouts(_file()["layouts"][group])


def programs() -> Mapping[str, tuple[str, ...]]:
    """The layouts of programs that write to syslog, by RE2 of their names; the last is of any program."""
    return {
        name: layouts_in(own) if isinstance(own, str) else _layouts(own) for name, own in _file()["programs"].items()
    }


def _layouts(texts: Sequence[str | Sequence[str]]) -> tuple[str, ...]:
    parts = _file()["parts"]

    def whole(text: str | Sequence[str]) -> str:
        joined = text if isinstance(text, str) else "".join(text)
        return _PART.sub(lambda found: whole(parts[found[1]]), joined)

    return tuple(layout for text in texts for layout in _each(segments_of(whole(text), KINDS_OF_HEADERS)))


def groups() -> Sequence[str]:
    """The names of the groups."""
    return [*_file()["layouts"]]


@cache
def _file() -> Mapping[str, Mapping[str, Sequence[str]]]:
    folder = resources.files("loglake.kernels.formats") / "library"
    tables: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads((folder / "loggers.toml").read_text("utf-8"))
    return tables


def _each(segments: Sequence[Segment]) -> Iterator[str]:
    """What a text stands for: one layout for each of its choices. The last choice changes first."""
    return map("".join, product(*map(_texts, segments)))


def _texts(segment: Segment) -> Sequence[str]:
    if not isinstance(segment, Choices):
        return [segment if isinstance(segment, str) else segment.text]
    return [*chain.from_iterable(map(_each, segment.choices)), *([""] if segment.is_optional else [])]
