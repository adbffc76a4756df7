r"""The notation of shapes: text with typed holes, such as ``{time:iso} {level:capitals} {user}: {message}``.

* ``{name:kind/RE2/}`` is a field; kind, RE2 or both may be missing. ``{:kind}`` and ``{:/RE2/}`` are no fields.
* The kinds ``text``, ``whole``, ``decimal`` and ``time`` say the type; others are those of headers, and a file's own.
* ``{? … ?}`` may be missing; ``{< … {|} … >}`` is one of several; ``{name< … >}`` is a field that has others in it.
* ``\t`` is a tab, ``\n`` the end of a line. All else stands for itself.
* ``{message}`` at the end is all that is left, over as many lines as the event has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, NamedTuple, Union

import pyarrow as pa

from loglake.core.schema.schema import InferredType
from loglake.errors import ConfigError
from loglake.kernels.arrow import constants, pc
from loglake.kernels.formats.base import DECIMAL, TEXT, TIME, TYPES, WHOLE, FieldTypes
from loglake.kernels.formats.kinds import KINDS, NUMBERS
from loglake.kernels.formats.shape import MESSAGE, group_name

_VALUES = {TEXT: r"\S+", WHOLE: r"-?\d+", DECIMAL: r"-?\d+(?:\.\d+)?", TIME: r"\S+"}
_ALL = "(?s:.*)"
_NOTHING = constants([""])

_HOLE = re.compile(r"\{([^\s{}/:?][^\s{}/]*?|)(?::(\w*)(?:/(.*?)/)?)?\}", re.DOTALL)
_LITERAL = re.compile(r"[^{?>]+")
_BEGIN = re.compile(r"\{(?:\?|\w*<)")


class Kind(NamedTuple):
    """What a value looks like.

    Attributes:
        seen: its type.
        pattern: RE2 without named groups; empty for what a value of the type looks like.
    """

    seen: InferredType
    pattern: str = ""


class Hole(NamedTuple):
    """A hole in a text: a field, or if it has no name, what stands between fields; and its own text."""

    name: str
    kind: Kind
    text: str


class Choices(NamedTuple):
    """A part of a text: what it may be, each in segments; without a `name` it is no field."""

    choices: tuple[tuple[str | Hole | Choices, ...], ...]
    name: str = ""
    is_optional: bool = False


Segment = Union[str, Hole, Choices]


def refuse(text: str, at: int, expected: str) -> ConfigError:
    """An error that shows the place in a text."""
    return ConfigError(f"{_place(text, at)}: {expected}")


def _place(text: str, at: int) -> str:
    return f"at character {at + 1}, before {text[at : at + 24]!r}"


KINDS_OF_HEADERS: Mapping[str, Kind] = {
    **{name: Kind(WHOLE if name in NUMBERS else TEXT, pattern) for name, pattern in KINDS.items()},
    **{name: Kind(TIME, KINDS[name]) for name in ("iso", "common", "ctime", "epoch")},
}
KINDS_OF_ALL: Mapping[str, Kind] = {**KINDS_OF_HEADERS, **{name: Kind(seen) for name, seen in TYPES.items()}}
"""The kinds of headers, and the types, which are called so in definitions; in a header ``text`` is a kind."""


def kinds_of(own: Mapping[str, str | Sequence[str]], known: Mapping[str, Kind] = KINDS_OF_ALL) -> dict[str, Kind]:
    """The known kinds, and those that a definition adds: ``time/RE2/`` or ``/RE2/``."""
    kinds = dict(known)
    for name, parts in own.items():
        text = parts if isinstance(parts, str) else "".join(map(str, parts)) if isinstance(parts, list) else str(parts)
        found = re.fullmatch(r"(\w*)/(.*)/", text, re.DOTALL)
        if not found or (found[1] and found[1] not in TYPES):
            raise ConfigError(f"{name}: {text!r}: expected RE2 between slashes, with {_either(TYPES)} before it or not")
        kinds[name] = Kind(TYPES.get(found[1], TEXT), found[2])
    return kinds


def _either(names: Sequence[str] | Mapping[str, object]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else str(last)


def segments_of(text: str, kinds: Mapping[str, Kind]) -> Sequence[Segment]:
    """The segments of a text.

    Raises:
        ConfigError: with the place in the text, and what was expected there.
    """
    opened: list[tuple[int, str, list[list[Segment]]]] = [(0, "", [[]])]
    at = 0
    while at < len(text):
        _, opener, choices = opened[-1]
        if begin := _BEGIN.match(text, at):
            opened.append((at, begin[0], [[]]))
            at = begin.end()
        elif len(opened) > 1 and text.startswith("{|}", at):
            choices.append([])
            at += 3
        elif len(opened) > 1 and text.startswith("?}" if opener == "{?" else ">}", at):
            opened.pop()
            part = Choices(tuple(map(tuple, choices)), opener[1:-1], opener == "{?")
            opened[-1][2][-1].append(part)
            at += 2
        elif re.match(r"\{[\w:]", text[at : at + 2]):
            found = _HOLE.match(text, at)
            if not found:
                raise refuse(text, at, "expected a hole such as {name}, {name:whole} or {name:/RE2/}, with its brace")
            choices[-1].append(_hole(text, at, found, kinds))
            at = found.end()
        else:
            found = _LITERAL.match(text, at)
            literal = found[0].replace("\\t", "\t").replace("\\n", "\n") if found else text[at]
            if choices[-1] and isinstance(choices[-1][-1], str):
                choices[-1][-1] += literal
            else:
                choices[-1].append(literal)
            at += len(found[0]) if found else 1
    if len(opened) > 1:
        start, opener, _ = opened[-1]
        raise refuse(text, start, f"expected {'?}' if opener == '{?' else '>}'} behind it")
    return opened[0][2][0]


def _hole(text: str, at: int, found: re.Match[str], kinds: Mapping[str, Kind]) -> Hole:
    name, kind, pattern = found.groups()
    if kind and kind not in kinds:
        colon = f"; if the colon is part of the name, a kind follows it: {{{name}:{kind}:text}}"
        raise refuse(text, at, f"{kind!r} is no kind: expected {_either(TYPES)}, or a kind of headers{colon}")
    known = kinds.get(kind or "text", Kind(TEXT))
    if pattern is not None:
        if "(?P<" in pattern:
            raise refuse(text, at, "expected no group with a name: the hole is the field")
        check_re2(pattern, _place(text, at))
        known = Kind(known.seen, pattern)
    if not name and not known.pattern and not kind:
        raise refuse(text, at, "expected a name, or RE2 between slashes")
    return Hole(name, known, found[0])


@lru_cache(maxsize=256)
def check_re2(pattern: str, where: str) -> None:
    """Compiles a pattern once.

    Raises:
        ConfigError: RE2 refuses it: names where it is.
    """
    try:
        pc.match_substring_regex(_NOTHING, pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).removeprefix("Invalid regular expression: ")
        advice = "correct this part of it"
        if "too large" in reason or "repetition" in reason:
            advice = "use * or + in the place of counted repetitions"
        elif "operator" in reason or "escape" in reason:
            advice = "it has no look-around and no back-references"
        raise ConfigError(f"{where}: RE2, which reads the pattern, refuses it: {reason}: {advice}") from None
    except UnicodeEncodeError:
        raise ConfigError(f"{where}: half of a surrogate pair in it is no character: correct it") from None


@dataclass(frozen=True)
class Compiled:
    """A text as a pattern.

    Attributes:
        pattern: RE2 with a named group per field, without anchors.
        types: by name of the fields.
    """

    pattern: str
    types: FieldTypes


def of_literal(text: str) -> str:
    """RE2 of what stands for itself."""
    escaped = re.escape(text).replace("\\ ", " ").replace("\\\t", r"\t")
    return escaped.replace("\\\n", r"\r?\n")


def compiled(
    text: str, kinds: Mapping[str, Kind], *, is_end: bool = True, literal: Callable[[str], str] = of_literal
) -> Compiled:
    """A text as a pattern.

    Args:
        text: in the notation.
        kinds: see `kinds_of`.
        is_end: whether the text goes to the end of the event.
        literal: RE2 of what stands between holes.

    Raises:
        ConfigError: it is not in the notation.
    """
    types: dict[str, InferredType] = {}
    try:
        pattern = "".join(_patterns(text, segments_of(text, kinds), types, literal, is_end=is_end))
    except RecursionError:
        raise ConfigError(f"{text[:40]}… has too many optional parts inside of each other") from None
    return Compiled(pattern, types)


def _patterns(
    text: str,
    segments: Sequence[Segment],
    types: dict[str, InferredType],
    literal: Callable[[str], str],
    *,
    is_end: bool,
) -> list[str]:
    made = []
    for number, segment in enumerate(segments, 1):
        if isinstance(segment, str):
            made.append(literal(segment))
        elif isinstance(segment, Choices):
            choices = ("".join(_patterns(text, each, types, literal, is_end=False)) for each in segment.choices)
            group = f"?P<{_group(text, segment.name, TEXT, types)}>" if segment.name else "?:"
            made.append(f"({group}{'|'.join(choices)}){'?' if segment.is_optional else ''}")
        elif not segment.name:
            value = of_value(segment.kind)
            made.append(f"(?:{value})" if "|" in value else value)
        else:
            is_rest = segment.name == MESSAGE and not segment.kind.pattern and is_end and number == len(segments)
            group = _group(text, segment.name, segment.kind.seen, types)
            made.append(f"(?P<{group}>{_ALL if is_rest else of_value(segment.kind)})")
    return made


def _group(text: str, name: str, seen: InferredType, types: dict[str, InferredType]) -> str:
    group = group_name(name)
    if group in map(group_name, types):
        raise refuse(text, text.rfind(f"{{{name}"), f"expected another name: {name!r} is there twice")
    types[name] = seen
    return group


def of_value(kind: Kind) -> str:
    """RE2 of a value in a text without separators."""
    return kind.pattern or _VALUES[kind.seen]


def whole_pattern(text: Compiled) -> str:
    """RE2 of an event that is a text. Line ends and blanks may follow."""
    if text.pattern.endswith("$"):
        return f"^{text.pattern}"
    if text.pattern.endswith(f"{_ALL})"):  # the last field takes all that is left
        return f"^{text.pattern}$"
    return rf"^{text.pattern}\s*$"
