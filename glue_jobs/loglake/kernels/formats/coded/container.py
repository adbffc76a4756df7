"""Lines of containers: a container runtime or a log router wraps each event.

The event inside is read by its own format, as if it stood alone. The fields of the wrapper become columns too. A
wrapped event may be wrapped once more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Callable, NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import Booleans, Strings, choose, matches, no_mask, occurs, passing, pc, to_mask
from loglake.kernels.formats.base import (
    BRACE,
    CLOCK,
    ISO_DAY,
    TEXT,
    Format,
    Parse,
    Parsed,
    Route,
    Sign,
    any_of,
    route,
    types_in,
)
from loglake.kernels.formats.coded.texts import patterns_of, sentences_of
from loglake.kernels.formats.colours import plain
from loglake.kernels.formats.objects.among_text import braced
from loglake.kernels.formats.objects.embedded import with_outer
from loglake.kernels.formats.objects.paths import paths_of
from loglake.kernels.formats.text_fields import TextFormat, cut, fill_columns
from loglake.kernels.formats.times.paths import time_reader
from loglake.kernels.json.fit import Fitter
from loglake.kernels.json.infer_types import infer_and_pick

DEPTH = 3
"""So often an event may be wrapped."""

_LOG: FieldPath = ("log",)
_AROUND = paths_of("container.time container.stream container.service")

_LOG_KEY, _OTHER_KEY = r'"log"\s*:\s*"', r'"(?:stream|container_id|container_name|kubernetes|source)"\s*:'


class _Wrapper(NamedTuple):
    """How a line is wrapped.

    Attributes:
        start: RE2 that shows it.
        line: RE2 of the line, with the text inside as a group.
        joint: RE2 of what is between the parts of a text; empty if it has none.
    """

    start: str
    line: str
    joint: str = ""

    def matches(self, raw: Strings) -> Booleans:
        """Which events are wrapped so."""
        return matches(raw, self.start)

    def cut(self, raw: Strings) -> tuple[dict[FieldPath, Strings], Strings]:
        """The fields around such events, and the texts inside."""
        groups = cut(raw, self.line)
        texts = pc.fill_null(groups["text"], "")
        if self.joint and occurs(texts, self.joint):
            texts = pc.replace_substring_regex(texts, self.joint, "")
        return {path: groups[path[1]] for path in _AROUND if path[1] in groups}, texts


@cache
def _lines() -> tuple[_Wrapper, ...]:
    """A container runtime's lines, Compose's, and those with a time before them."""
    cri, compose, timed = patterns_of("container")
    signs = sentences_of("container", "signs")
    return (
        _Wrapper(_start(cri), cri, signs["joint"]),
        _Wrapper(_start(compose), compose),
        _Wrapper(signs["timed"], timed),
    )


def _start(line: str) -> str:
    """RE2 of what is before the text inside."""
    return re.sub(r"\?P<\w+>", "?:", line.removesuffix(r"(?P<text>(?s:.*))$"))


class ContainerFormat(Format):
    """CRI's lines, Docker's json-file, Compose's lines, times before lines, objects of log routers."""

    signs = (
        Sign(rf"{ISO_DAY}T{CLOCK}\.\d", "std"),
        *(
            Sign(rf"{ISO_DAY}T{CLOCK}{rest}")
            for rest in (r"\.\d{9}Z", r"\.\d{3}Z [\d\[]", r"\.\d{7}Z [\d\[]", r" [\d\[]")
        ),
        Sign(r"[\dA-Za-z\x1b]", "|"),
        Sign(BRACE, 'log"'),
    )
    id = "container"
    rare = types_in("container.time container.stream container.service")

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is wrapped."""
        lines = to_mask(any_of(raw, [each.matches for each in _lines()]))
        objects = passing(to_mask(_may_be_object(raw)), raw, _has_text)
        return pa.array(lines | objects)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields around the events inside."""
        cri, compose, timed = (to_mask(each.matches(raw)) for each in _lines())
        time, stream, _ = _AROUND
        lines: Mapping[FieldPath, InferredType] = {time: TEXT, stream: TEXT} if cri.any() else {}
        if timed.any():
            lines = {time: TEXT, **lines}
        named: Mapping[FieldPath, InferredType] = {}
        if compose.any():
            fields, _ = _lines()[1].cut(raw.filter(pa.array(compose)))
            named = {path: TEXT for path, texts in fields.items() if texts.null_count < len(texts)}
        seen, _ = infer_and_pick(raw.filter(pa.array(~cri & ~compose & ~timed)), [])
        return join_types([lines, named, {path: each for path, each in seen.items() if path != _LOG}])

    def inside(self, raw: Strings) -> Strings:
        """The events inside of events that match, in any order."""
        left = np.ones(len(raw), np.bool_)
        lines = []
        for each in _lines():
            own = to_mask(each.matches(raw)) & left
            lines.append(each.cut(raw.filter(pa.array(own)))[1])
            left &= ~own
        _, (texts,) = infer_and_pick(raw.filter(pa.array(left)), [_LOG])
        return plain(pa.concat_arrays([*lines, _unended(texts.drop_null())]))

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """`rest` parses the events inside; without it they are plain text."""
        left = rest or TextFormat().parser(schema)
        return around(schema, left, left)


def around(schema: TableSchema, outside: Parse, inside: Parse, depth: int = DEPTH) -> Parse:
    """A parser of events that may be wrapped.

    Args:
        schema: the table's columns.
        outside: parses events that are not wrapped.
        inside: parses the events inside of wrappers.
        depth: how often an event may be wrapped.
    """
    inner = around(schema, inside, inside, depth - 1) if depth > 1 else inside
    lines = [(each.matches, _line_parser(schema, each, inner)) for each in _lines()]
    routes: list[Route] = [*lines, (_may_be_object, _object_parser(schema, inner, outside))]
    return lambda raw: route(raw, routes, outside)


def _has_text(raw: Strings) -> Booleans:
    """Which objects have an event at their key: it may be elsewhere in an object, or what looks like one is none."""
    return infer_and_pick(raw, [_LOG])[1][0].is_valid()


def _may_be_object(raw: Strings) -> Booleans:
    if not len(raw) or not occurs(raw, _LOG_KEY):
        return pa.array(no_mask(len(raw)))
    return pc.and_(braced(raw), pc.and_(matches(raw, _LOG_KEY), matches(raw, _OTHER_KEY)))


def _line_parser(schema: TableSchema, wrapper: _Wrapper, inner: Parse) -> Parse:
    def parse(raw: Strings) -> Parsed:
        fields, texts = wrapper.cut(raw)
        parsed = inner(texts)
        return with_outer(fill_columns(fields, parsed.message, parsed.level, schema), parsed, schema)

    return parse


def _object_parser(schema: TableSchema, inner: Parse, otherwise: Parse) -> Parse:
    fitter, time_of = Fitter(schema, [_LOG], leave=frozenset({_LOG})), time_reader(schema)

    def wrapped(raw: Strings) -> Parsed:
        fitted = fitter.fit(raw)
        parsed = inner(plain(_unended(fitted.picked[0])))
        time = time_of(fitted.columns)
        outer = Parsed(fitted.columns, parsed.message, parsed.level, fitted.rescued, fitted.rescued_values, time)
        return with_outer(outer, parsed, schema)

    return lambda raw: route(raw, [(_has_text, wrapped)], otherwise)


def _unended(texts: Strings) -> Strings:
    """Without the newline that ends an event."""
    ends: Callable[..., Strings] = pc.ascii_rtrim
    return choose(pc.ends_with(texts, "\n"), ends(texts, "\r\n"), texts)
