"""Hides the values that a dataset's rules find in the texts of events.

Texts in, as many texts out; a text without a value stays as it is. One scan of a batch by one expression finds the
texts that may have a value, or an escape that may hide one. Only these are looked at one by one. Peak memory: the batch
once more, and a few times the texts that are looked at.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import tomllib

from loglake.core.schema.datasets import Datasets
from loglake.core.schema.redaction import DROP, HASH, Redaction, RedactionRule
from loglake.core.schema.schema import FieldPath
from loglake.errors import ConfigError
from loglake.kernels.arrow import Array, Mask, Strings, matches, pc, texts_of, to_mask
from loglake.kernels.formats.imports.re2 import Dialect, short, to_re2
from loglake.kernels.formats.notation import check_re2
from loglake.kernels.redact.confirm import CONFIRM, Confirm
from loglake.kernels.redact.escapes import LEVELS, TOKEN, View
from loglake.kernels.redact.fields import FieldFinder, Value
from loglake.kernels.redact.hashes import hash_pattern, hashed

_START, _END = "\x02", "\x03"
_NO_MARKS = {ord(_START): " ", ord(_END): " "}
_MARKED = re.compile(f"[{_START}{_END}]")
_CONTEXT = 1_000
"""Characters around a value that show whether it is a number of JSON."""

_QUOTE = re.compile(r'\\*"')
_NUMBER = "+-.0123456789Ee"


class _Pattern(NamedTuple):
    """One expression of a rule: RE2 of what is before a value, and of the value."""

    rule: RedactionRule
    before: str
    match: str
    confirm: Confirm

    @property
    def whole(self) -> str:
        return f"(?:{self.before})(?:{self.match})"


class Redactor:
    """Hides values by the rules of a dataset; without rules it does nothing.

    Attributes:
        counts: the values that were hidden, by the name of their rule.

    Raises:
        ConfigError: RE2 refuses a pattern, or there are hashes and no key.
    """

    def __init__(self, redaction: Redaction) -> None:
        if redaction.hashes and not redaction.key:
            raise ConfigError("redact: hash needs a key, and there is none: this is a bug in loglake")
        self.counts: Counter[str] = Counter()
        self._rules = redaction.rules
        self._key = redaction.key
        self._patterns = [pattern for rule in redaction.rules if not rule.field for pattern in _patterns(rule)]
        self._fields = FieldFinder([rule for rule in redaction.rules if rule.field])
        finds = [*(f"(?:{pattern.whole})" for pattern in self._patterns), self._fields.candidate, TOKEN]
        self._any = "|".join(filter(None, finds))
        shown = [_shown_pattern(rule) for rule in self._rules if rule.action != DROP]
        self._shown = re.compile("|".join(shown) or "(?!)")

    def texts(self, texts: Strings) -> Strings:
        """The texts without the values. A null stays null."""
        if not self._rules:
            return texts
        where = to_mask(matches(texts, self._any))
        if not where.any():
            return texts
        looked_at = [str(text) for text in texts.filter(pa.array(where)).to_pylist()]
        hidden = self._hidden(looked_at)
        if not hidden:
            return texts
        changed = _at(where, hidden)
        return pc.replace_with_mask(texts, pa.array(changed), pa.array(list(hidden.values()), pa.string()))

    def without_columns(self, texts: Strings, columns: Mapping[FieldPath, Array]) -> Strings:
        """The texts without the values that columns have of a field to hide; the same array if there are none.

        Such values have no name beside them, as below a header line of CSV, or go on where they were thought to end.
        They are hidden wherever an event has the same text. An event that spells it otherwise is hidden as a whole.
        """
        left: dict[int, str] = {}
        for path, column in columns.items():
            if rule := self._fields.rule_of(".".join(path)):
                values = column.cast(pa.string())
                for row in np.flatnonzero(to_mask(values.is_valid())).tolist():
                    value, text = str(values[row]), left.get(row) or str(texts[row])
                    if value and not self._shown.fullmatch(value.strip('"')):
                        instead = self._instead(Value(0, len(value), rule, value, 0))
                        left[row] = text.replace(value, instead) if value in text else instead
                        self.counts[rule.name] += 1
        if not left:
            return texts
        changed = _at(np.ones(len(texts), np.bool_), dict(sorted(left.items())))
        return pc.replace_with_mask(
            texts, pa.array(changed), pa.array([left[row] for row in sorted(left)], pa.string())
        )

    def events(self, events: pa.RecordBatch) -> pa.RecordBatch:
        """Events, with columns of `EVENTS`, without the values, and without the exact bytes of what is not UTF-8."""
        if not self._rules:
            return events
        raw, exact = (events.schema.get_field_index(name) for name in ("raw", "exact"))
        no_bytes = pa.nulls(events.num_rows, pa.binary())
        return events.set_column(raw, "raw", self.texts(events.column("raw"))).set_column(exact, "exact", no_bytes)

    def names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names of a line's fields, without the values."""
        return tuple(texts_of(self.texts(pa.array(names, pa.string())))) if self._rules else names

    def hides(self, path: Sequence[str]) -> bool:
        """Whether the path of a field has something that was hidden; then it is data, and no column."""
        return any(self._shown.search(name) for name in path)

    def _hidden(self, texts: Sequence[str]) -> dict[int, str]:
        """The texts that have values, without these, by their places."""
        found: dict[int, list[Value]] = defaultdict(list)
        for place, text in enumerate(texts):
            if values := list(self._fields.values(text)):
                found[place] = values
        views = {place: View(text) for place, text in enumerate(texts)} if self._patterns else {}
        for depth in range(LEVELS):
            for place, value in self._values(views, depth):
                found[place].append(value)
            views = {place: inner for place, view in views.items() if (inner := view.decoded())}
            if not views:
                break
        return {place: self._without(texts[place], found[place]) for place in sorted(found)}

    def _values(self, views: Mapping[int, View], depth: int) -> Iterator[tuple[int, Value]]:
        places = list(views)
        texts = pa.array([views[place].text.translate(_NO_MARKS) for place in places], pa.string())
        for pattern in self._patterns:
            where = to_mask(matches(texts, pattern.whole))
            if not where.any():
                continue
            marking = f"({pattern.before})({pattern.match})"
            marked = pc.replace_substring_regex(texts.filter(pa.array(where)), marking, rf"\1{_START}\2{_END}")
            for number, text in zip(np.flatnonzero(where).tolist(), marked.to_pylist(), strict=True):
                place = places[number]
                for start, end in _confirmed(str(text), pattern.confirm):
                    first, last = views[place].in_event(start, end)
                    if first < last:
                        yield place, Value(first, last, pattern.rule, views[place].text[start:end], depth)

    def _without(self, text: str, values: list[Value]) -> str:
        """A text without its values. Those that overlap are hidden as one, by the rule of the longest."""
        pieces, at = [], 0
        for value in _joined([_in_number(text, value)[0] for value in values]):
            self.counts[value.rule.name] += 1
            pieces += [text[at : value.start], _in_json(text, value, self._instead(value))]
            at = value.end
        return "".join([*pieces, text[at:]])

    def _instead(self, value: Value) -> str:
        if value.rule.action == HASH:
            return hashed(value.rule.name, value.text, self._key)
        return "" if value.rule.action == DROP else _mask(value.rule)


def check_redaction(datasets: Datasets) -> None:
    """Checks the parts of a datasets file's rules that only RE2 knows.

    Raises:
        ConfigError: names the entry (from 1), and what RE2 refuses.
    """
    for number, entry in enumerate(datasets.entries, 1):
        for rule in entry.redact.rules:
            try:
                _patterns(rule)
            except ConfigError as error:
                raise ConfigError(f"dataset {number}: redact: {rule.name}: pattern: {error}") from None


def _patterns(rule: RedactionRule) -> list[_Pattern]:
    if not rule.pattern:
        return [
            _Pattern(rule, each.get("before", ""), each["match"], CONFIRM[each.get("confirm", "")])
            for each in built_in()
            if each["name"] == rule.name
        ]
    match = to_re2(rule.pattern, Dialect.PCRE)
    check_re2(match, short(rule.pattern))
    if matches(pa.array([""]), match)[0].as_py():
        raise ConfigError(f"{short(rule.pattern)} matches an empty text: write + in the place of *, or name a letter")
    return [_Pattern(rule, "", match, CONFIRM[""])]


def _mask(rule: RedactionRule) -> str:
    masks = (each["mask"] for each in built_in() if each["name"] == rule.name and "mask" in each)
    return next(masks, f"[{rule.name}]")


def _shown_pattern(rule: RedactionRule) -> str:
    return hash_pattern(rule.name) if rule.action == HASH else re.escape(_mask(rule))


@cache
def built_in() -> Sequence[Mapping[str, str]]:
    """The patterns of ``patterns.toml``, in its order."""
    text = (resources.files(__package__) / "patterns.toml").read_text("utf-8")
    patterns: list[Mapping[str, str]] = tomllib.loads(text)["pattern"]
    return patterns


def _at(where: Mask, places: Mapping[int, str]) -> Mask:
    """Of the true places of a mask, those with these numbers."""
    changed = np.zeros(len(where), np.bool_)
    changed[np.flatnonzero(where)[list(places)]] = True
    return changed


def _confirmed(marked: str, confirm: Confirm) -> Iterator[tuple[int, int]]:
    """Where the values are in a text: every other piece between marks may be one."""
    pieces, at = _MARKED.split(marked), 0
    for number, piece in enumerate(pieces):
        if number % 2:
            for start, end in confirm(piece, pieces[number + 1]):
                yield at + start, at + end
        at += len(piece)


def _joined(values: list[Value]) -> Iterator[Value]:
    """The stretches of a text that have values, in their order."""
    ordered = sorted(values, key=lambda value: (value.start, -value.end))
    held = longest = ordered[0]
    for value in ordered[1:]:
        if value.start >= held.end:
            yield held._replace(rule=longest.rule, text=longest.text)
            held = longest = value
            continue
        held = held._replace(end=max(held.end, value.end))
        if value.rule == longest.rule:  # it may be the same value, once more, with its escapes decoded
            longest = max(longest, value, key=lambda each: each.depth)
        else:
            longest = max(longest, value, key=lambda each: each.end - each.start)
    yield held._replace(rule=longest.rule, text=longest.text)


def _in_number(text: str, value: Value) -> tuple[Value, str]:
    """A value with all of the JSON number that it is in, and the quotes that a text has there; no quotes if in none."""
    ahead, behind = text[max(0, value.start - _CONTEXT) : value.start], text[value.end : value.end + _CONTEXT]
    first, last = ahead.rstrip(_NUMBER), behind.lstrip(_NUMBER)
    before = first.rstrip()
    if before[-1:] not in (":", "[", ",") or last.lstrip()[:1] not in (",", "}", "]"):
        return value, ""
    quotes = _QUOTE.findall(before)
    if not quotes or (before.endswith(":") and not before.endswith(f"{quotes[-1]}:")):
        return value, ""
    start, end = value.start - len(ahead) + len(first), value.end + len(behind) - len(last)
    return value._replace(start=start, end=end), quotes[-1]


def _in_json(text: str, value: Value, instead: str) -> str:
    """What stands in the place of a value. A number of a JSON text becomes a text, or null, so that it stays JSON."""
    _, quote = _in_number(text, value)
    if not quote:
        return instead
    return f"{quote}{instead}{quote}" if instead else "null"
