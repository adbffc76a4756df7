"""The macros that replace Trino's functions. They are read from the files beside this one, and made when needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from athena_duckdb.split_list import split_list

PREFIX = "trino_"
_BEGINS = "CREATE MACRO "
_NAMED = re.compile(rf"\b{PREFIX}\w+")
_HEAD = re.compile(r"\s*\(((?:[^()]|\([^()]*\))*)\)\s+AS\b(.*)", re.DOTALL)
_VARIANT = re.compile(r"(\w+)_(\d+)_chosen")
_WHICH = "_which"


@dataclass(frozen=True)
class Overload:
    """One variant of a macro.

    Attributes:
        names: the parameter names.
        types: the parameters' DuckDB types; empty if it takes any.
        body: its expression.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    body: str


@cache
def macros() -> dict[str, str]:
    """By name, the statement that makes the macro."""
    folder = files(__package__).joinpath("macros")
    texts = (file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".sql"))
    return {_NAMED.findall(statement)[0]: statement for text in texts for statement in _statements(text)}


@cache
def overloads(name: str) -> tuple[Overload, ...]:
    """The variants of a macro; DuckDB takes the one with matching types."""
    text = macros()[name].removeprefix(_BEGINS + name)
    return tuple(map(_overload, split_list(text, "()[]{}", "'")))


def arities(name: str) -> frozenset[int]:
    """The number of a macro's arguments."""
    return frozenset(len(each.names) for each in overloads(name))


@cache
def is_typed(name: str) -> bool:
    """Whether the types of its arguments decide a macro's variant."""
    return name in macros() and any(any(each.types) for each in overloads(name))


def chosen(name: str, at: int) -> str:
    """The name of the macro that is one variant of another, for arguments of any type."""
    return f"{name}_{at}_chosen"


def which(name: str) -> str:
    """The name of the macro that returns which variant of another macro DuckDB takes for some arguments."""
    return name + _WHICH


def needed(names: Iterable[str]) -> Iterator[str]:
    """The statements that make macros and all macros that they use, each once, dependencies first."""
    made: set[str] = set()

    def of(name: str) -> Iterator[str]:
        statement = None if name in made else _statement(name)
        if statement is None:
            return
        made.add(name)
        for used in _NAMED.findall(statement):
            yield from of(used)
        yield statement.replace(_BEGINS, "CREATE OR REPLACE MACRO ", 1)

    for name in names:
        yield from of(name)


def _statement(name: str) -> str | None:
    if name in macros():
        return macros()[name]
    variant = _VARIANT.fullmatch(name)
    if variant and variant[1] in macros():
        one = overloads(variant[1])[int(variant[2])]
        return f"{_BEGINS}{name}({', '.join(one.names)}) AS {one.body}"
    base = name.removesuffix(_WHICH)
    if base != name and base in macros():
        heads = (
            f"({', '.join(' '.join(each).strip() for each in zip(one.names, one.types))}) AS {at}"
            for at, one in enumerate(overloads(base))
        )
        return f"{_BEGINS}{name}{', '.join(heads)}"
    return None


def _statements(text: str) -> Iterator[str]:
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return filter(None, map(str.strip, re.split(r";\n", lines + "\n")))


def _overload(text: str) -> Overload:
    head = _HEAD.fullmatch(text)
    assert head, text
    parameters = [each.partition(" ") for each in split_list(head[1], "()[]{}", "'") if each]
    return Overload(tuple(each[0] for each in parameters), tuple(each[2] for each in parameters), head[2].strip())
