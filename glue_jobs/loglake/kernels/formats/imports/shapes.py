"""What every format of this folder becomes: RE2 patterns, with a path and a type for each of their groups."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from loglake.core.schema.schema import FieldPath, InferredType
from loglake.errors import ConfigError
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, is_encodable, matches, pc, without
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.delimited import Order
from loglake.kernels.formats.imports.re2 import short
from loglake.kernels.formats.imports.times import TimeForm, to_iso
from loglake.kernels.formats.levels import header_level, name_level
from loglake.kernels.formats.notation import check_re2
from loglake.kernels.formats.shape import LEVEL, MESSAGE, OTHERS, Groups, Shape, Shapes, adjusted
from loglake.kernels.formats.text_fields import joined

REST = "rest_of_the_event"
"""The group of the lines after the first one."""

_QUOTED = r"""^(?:"((?s:.*))"|'((?s:.*))')$"""


@dataclass(frozen=True)
class Value:
    """A field of events.

    Attributes:
        path: of its column.
        groups: the RE2 groups that may have it; the first one that does counts.
        seen: its type.
        forms: how a timestamp may be written, if not in a way that every text format reads.
        blank: the text that stands for nothing; empty for none.
        is_quoted: quotes around the text are not part of it.
    """

    path: FieldPath
    groups: tuple[str, ...]
    seen: InferredType = TEXT
    forms: tuple[TimeForm, ...] = ()
    blank: str = ""
    is_quoted: bool = False


@dataclass(frozen=True)
class Levels:
    """What a team's levels mean: the first pattern that a text has says it; without any, the usual words do.

    Syslog's numbers count only where a team says what some levels mean: else a small number may be anything.
    """

    patterns: tuple[tuple[str, str], ...] = ()

    def of(self, texts: Strings) -> Strings:
        """TRACE, DEBUG, INFO, WARN, ERROR, FATAL, or null."""
        if not self.patterns:
            return name_level(texts)
        unique = pc.unique(texts)
        levels = [choose(pc.fill_null(matches(unique, each), False), name, NO_STRING) for name, each in self.patterns]
        return pc.take(coalesce(*levels, header_level(unique)), pc.index_in(texts, unique))


def shape_of(
    pattern: str,
    values: Sequence[Value],
    *,
    message: FieldPath = (MESSAGE,),
    level: FieldPath = (LEVEL,),
    levels: Levels = Levels(),
    order: Order | None = None,
) -> Shape:
    """Events of one pattern.

    Args:
        pattern: RE2 with named groups. Without `REST` its end is the end of the event.
        values: what the groups are.
        message: the path of the first value that is the message; without one, there is no message.
        level: the path of the first one that is the level.
        levels: what the level's texts mean.
        order: see `Shape.orders`.
    """
    own = {_name(value.path): value for value in values if value.path not in (message, level)}
    of_message, of_level = (
        next((value.groups for value in values if value.path == path), ()) for path in (message, level)
    )

    def named(groups: Groups) -> Groups:
        fields = {name: _texts(value, groups) for name, value in own.items()}
        text = _message(of_message, groups)
        if text is not None:
            fields[MESSAGE] = text
        if of_level:
            fields[LEVEL] = levels.of(pc.utf8_trim_whitespace(coalesce(*(groups[name] for name in of_level))))
        return fields

    return Shape(
        pattern,
        {name: value.seen for name, value in own.items()},
        steps=(adjusted(named),),
        orders=(order,) if order else (),
        paths={name: value.path for name, value in own.items()},
        times={name: partial(to_iso, forms=value.forms) for name, value in own.items() if value.forms},
    )


def _name(path: FieldPath) -> str:
    return "\0".join((*path, ""))  # so a field that is called message is not the message


def _texts(value: Value, groups: Groups) -> Strings:
    texts = coalesce(*(groups[name] for name in value.groups))
    if value.blank:
        texts = without(texts, value.blank)
    return pc.replace_substring_regex(texts, _QUOTED, r"\1\2") if value.is_quoted else texts


def _message(names: Sequence[str], groups: Groups) -> Strings | None:
    """What a person reads, with the lines after the first one; None if events of this pattern have neither."""
    message = coalesce(*(groups[name] for name in names)) if names else None
    if REST not in groups or groups[REST].null_count == len(groups[REST]):
        return message
    return pc.utf8_ltrim(groups[REST], "\r\n") if message is None else joined(message, groups[REST])


def with_all_fields(shapes: Sequence[Shape]) -> Shapes:
    """Shapes of a definition, which alone says which columns there are: each has the fields of all.

    Only the fields of a JSON object that is the message are seen in the sample, as in all formats.
    """
    fields: dict[str, InferredType] = {}
    for name, seen in (each for shape in shapes for each in shape.fields.items()):
        fields[name] = fields[name].join(seen) if name in fields else seen
    paths = {name: path for shape in shapes for name, path in shape.paths.items()}
    return Shapes(tuple(replace(shape, fields=fields, paths=paths) for shape in shapes), (OTHERS,))


def event_pattern(pattern: str, shown: str) -> tuple[str, Mapping[str, str]]:
    """The pattern of events, and what its owner wrote for the name of each of its groups.

    Args:
        pattern: RE2. Lines may follow its end.
        shown: as its owner wrote it.

    Raises:
        ConfigError: RE2 can't read the pattern.
    """
    names = GroupNames()
    whole = rf"(?:{names.rename(pattern)})(?P<{REST}>\r?\n(?s:.*))?"
    check_re2(whole, short(shown))
    return whole, names.specs


class GroupNames:
    """Gives each named group of a pattern a name that RE2 takes and no other group has."""

    def __init__(self) -> None:
        self.specs: dict[str, str] = {}
        """What the pattern's owner wrote, by the group's name."""

    def rename(self, pattern: str) -> str:
        """The pattern with such names."""
        return re.sub(r"\(\?P<([^>]*)>", lambda match: f"(?P<{self.add(match[1])}>", pattern)

    def add(self, spec: str) -> str:
        """A new name.

        Raises:
            ConfigError: UTF-8 can't encode what the owner wrote.
        """
        if not is_encodable(spec):
            raise ConfigError(f"the name {spec!r} is not text in UTF-8: correct it")
        base = re.sub(r"\W", "_", spec.partition("|")[0], flags=re.ASCII).strip("_") or "field"
        base = base if base[0].isalpha() else f"f_{base}"
        name, number = base, 1
        while name in self.specs:
            number += 1
            name = f"{base}_{number}"
        self.specs[name] = spec
        return name


def path_of(name: str) -> FieldPath:
    """``[source][address]`` and ``source.address`` are paths of two parts.

    Raises:
        ConfigError: there is no part.
    """
    inner = re.sub(r"\]\s*\[", ".", name.strip().strip("[]"))
    path = tuple(part for part in inner.split(".") if part)
    if not path:
        raise ConfigError(f"the field {name!r} has no name: write one, such as %{{WORD:shop}}")
    return path
