"""Events that show no more than others of a sample: they differ from one of them in their values alone.

To infer types, all of an event is read. So of events with pairs or objects behind the same layout, only those are read
that may show another field or type; all others match a pattern that is made of one of the first events. What they have
is counted, because keys in the middle of messages become columns only if they come often.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

import pyarrow as pa

from loglake.core.schema.schema import FieldPath
from loglake.kernels.arrow import Strings, matches, occurs, pc, to_mask
from loglake.kernels.formats.learn.layout import SPREAD, Layout
from loglake.kernels.formats.learn.spread import MAY_BE_SQL, NOTHING, SQL, LeftOut
from loglake.kernels.formats.learn.words import orders_of
from loglake.kernels.formats.objects.paths import LEVELS
from loglake.kernels.formats.objects.trace_headers import HEADER_NAMES, HEADER_PATHS
from loglake.kernels.formats.pairs.logfmt import LEVEL_KEYS, MESSAGE_KEYS
from loglake.kernels.json.skeletons import skeleton_of

HEAD, MANY = 1024, 4096
"""The first events are always read; of less than many all are."""

MOST, FEWEST = 8, 0.02
"""So many events are made patterns of, if these leave out such a share."""

_TEXT = r'[^=:|)\[\]{}"<>\\\x00-\x1f]'
"""What is between pairs: no sign that a pair of any spelling has."""

_FIRST = r'[^\s=:|)\[\]{}"<>\\\x00-\x1f]'
_PAIR = re.compile(r'(?:^|(?<= ))([A-Za-z_][\w.-]*)=("[^"=\\\x00-\x1f]+"|[^\s"\'=,;<>()\[\]{}|\\]+)(?= |$)', re.ASCII)
_VALUES = (
    (re.compile("true|false"), "(?:true|false)"),
    (re.compile(r"0|-?[1-9]\d{0,14}", re.ASCII), r"(?:0|-?[1-9]\d{0,14})"),
    (re.compile(r"(?:0|-?[1-9]\d{0,6})\.\d{1,7}", re.ASCII), r"(?:0|-?[1-9]\d{0,6})\.\d{1,7}"),
)
"""Scalars that have the same type whatever the other values are: a double holds each such whole number exactly."""

_BARE, _QUOTED = r"""[^\s"'=,;<>()\[\]{}|\\\x00-\x1f]+""", r'"[^"=\\\x00-\x1f]+"'
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BEFORE, _STRING = r"[^{}\x00-\x1f]", r'[^"\\{}\x00-\x1f]*'
_OBJECT = "{object}"
_TAILS = ("{pairs}", _OBJECT, SPREAD)
_NO_PAIRS = frozenset((*MESSAGE_KEYS, *LEVEL_KEYS, *HEADER_NAMES))
"""Keys whose values say more than their type."""


class _Alike(NamedTuple):
    """RE2 of events that are like one of the first, and the keys of its pairs."""

    pattern: str
    keys: tuple[str, ...]


def telling(layout: Layout, raw: Strings, repeating: Collection[FieldPath]) -> tuple[Strings, LeftOut]:
    """The events that may show something, in their order, and what the others have.

    Args:
        layout: which all events have.
        raw: the events.
        repeating: the fields that only repeat message or level in the first `HEAD` events.
    """
    if layout.tail not in _TAILS:
        return raw, NOTHING
    head, rest = raw[:HEAD], raw[HEAD:]
    keys: Counter[str] = Counter()
    for _ in range(MOST):
        if not len(head) or not len(rest):
            break
        each, head = _alike(layout, head[0].as_py(), repeating), head[1:]
        if each is None:
            continue
        own = to_mask(matches(rest, each.pattern))
        if layout.tail == SPREAD and own.any() and occurs(rest, MAY_BE_SQL):
            own &= ~to_mask(matches(rest, SQL))
        if own.sum() < FEWEST * len(raw):
            continue
        keys.update(dict.fromkeys(each.keys, int(own.sum())))
        head, rest = head.filter(pc.invert(matches(head, each.pattern))), rest.filter(pa.array(~own))
    kept = pa.concat_arrays([raw[:HEAD], rest])
    return kept, LeftOut(len(raw) - len(kept), keys)


def _alike(layout: Layout, text: str, repeating: Collection[FieldPath]) -> _Alike | None:
    """What is like an event; None if that is not sure."""
    order = next((each for each in orders_of(layout) if re.match(rf"{each.pattern} \S", text, re.ASCII)), None)
    if order is None:
        return None
    *words, message = text.split(" ", order.words)
    level = "level" if layout.tail == _OBJECT else ""
    found = _object(message, repeating) if level else _pairs(message, is_spread=layout.tail == SPREAD)
    if found is None or not re.fullmatch(found.pattern, message, re.ASCII):
        return None
    cells, at = [], 0
    for cell in order.cells:
        own = " ".join(words[at : at + cell.words])
        cells.append(re.escape(own) if cell.name == level else f"(?:{cell.pattern})")
        at += cell.words
    if level and repeating and "level" not in layout.fields:
        return None
    return found._replace(pattern=f"^{' '.join(cells)} {found.pattern}$")


def _pairs(message: str, *, is_spread: bool) -> _Alike | None:
    pairs = [found.groups() for found in _PAIR.finditer(message)]
    keys = tuple(key for key, _ in pairs)
    if not 1 < len(set(keys)) == len(keys) == message.count("=") or not _NO_PAIRS.isdisjoint(keys):
        return None
    values = [_value(text) for _, text in pairs]
    if not all(values):
        return None
    between, end = (rf" (?:{_TEXT}* )?", rf"(?: {_TEXT}*)?") if is_spread else (" ", "")
    all_pairs = between.join(f"{re.escape(key)}={value}" for key, value in zip(keys, values))
    return _Alike(f"(?:{_FIRST}{_TEXT}* )?{all_pairs}{end}", keys)


def _value(text: str) -> str:
    """RE2 of values that show no other type than this one; empty if that is not sure."""
    is_quoted = text.startswith('"')
    scalar = _scalar(text.strip('"'))
    if is_quoted:
        return f'"{scalar}"' if scalar else "" if _NUMBER.fullmatch(text.strip('"')) else _QUOTED
    return scalar or ("" if _NUMBER.fullmatch(text) else _BARE)


def _scalar(text: str) -> str:
    return next((same for kind, same in _VALUES if kind.fullmatch(text)), "")


def _object(message: str, repeating: Collection[FieldPath]) -> _Alike | None:
    at = message.find("{")
    skeleton = skeleton_of(message[at:]) if at > 0 else None
    if skeleton is None or not {path for path, _ in skeleton.values}.isdisjoint(HEADER_PATHS):
        return None
    constants = [re.escape(each.text.decode()) for each in skeleton.constants]
    holes = [f"({_STRING})" if is_string else r"([\w.+-]+)" for _, is_string in skeleton.values]
    found = re.fullmatch(_joined(constants, holes), message[at:])
    if found is None:
        return None
    values = []
    for (path, is_string), value in zip(skeleton.values, found.groups()):
        if path in repeating and path not in LEVELS:
            return None
        is_same = path in repeating or value == "null"
        values.append(re.escape(value) if is_same else _STRING if is_string else _scalar(value))
    return _Alike(rf"[^\s{{}}]{_BEFORE}* {_joined(constants, values)}", ()) if all(values) else None


def _joined(constants: Iterable[str], values: Iterable[str]) -> str:
    first, *others = constants
    return first + "".join(value + constant for value, constant in zip(values, others))
