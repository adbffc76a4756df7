"""The layouts of well-known loggers and servers, from the library's ``loggers.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

import tomllib

_PART = re.compile(r"\{=(\w+)\}")
_SIGN = re.compile(r"\{[?<]|\{\|\}|[?>]\}")


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

    return tuple(layout for text in texts for layout in _each(whole(text)))


def groups() -> Sequence[str]:
    """The names of the groups."""
    return [*_file()["layouts"]]


@cache
def _file() -> Mapping[str, Mapping[str, Sequence[str]]]:
    folder = resources.files("loglake.kernels.formats") / "library"
    tables: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads((folder / "loggers.toml").read_text("utf-8"))
    return tables


def _each(text: str) -> Iterator[str]:
    """What a text stands for: one layout for each of its choices. The last choice changes first."""
    depth, cuts = 0, list[int]()
    for found in _SIGN.finditer(text):
        depth += {"{?": 1, "{<": 1, "?}": -1, ">}": -1}.get(found[0], 0)
        if not cuts or (found[0] == "{|}" and depth == 1) or not depth:
            cuts += [found.start(), found.end()]
        if not depth:
            break
    if not cuts:
        yield text
        return
    choices = [text[start:end] for start, end in zip(cuts[1::2], cuts[2::2])]
    for choice in (*choices, *([""] if text[cuts[0] : cuts[1]] == "{?" else [])):
        yield from _each(text[: cuts[0]] + choice + text[cuts[-1] :])
