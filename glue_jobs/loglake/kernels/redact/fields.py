r"""Finds the values of fields by their names, in text that may be JSON, have JSON, or have pairs such as ``a=1``.

A text of JSON in a text of JSON has its quotes escaped: ``\"``, then ``\\\"``. So the backslashes before a quote say
how deep it is, and nothing has to be parsed that may be cut off or damaged. A value without an end goes to the end of
the text around it, or of the event.
"""

from __future__ import annotations

import re
import string
import sys
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loglake.core.schema.redaction import RedactionRule
from loglake.kernels.redact.escapes import JSON_TOKEN, View, views

_QUOTES = {quote: re.compile(rf"(?<!\\)(\\*){quote}") for quote in "\"'"}
_SIGNS = re.compile(r'(?<!\\)(\\*)"|[{}\[\],]')
_SCALAR = re.compile(r"(?!null\b)[^\s,{}\[\]\"\\]+")
_OPENS = re.compile(r"(\\*)([\"'])|[{\[]")

_END = r"""[,;|&)\]}>"']"""
_NAME = rf"[\w.@$/-]+[\"']?(?:[ \t]*:(?=\s)|[ \t]+=[ \t]|=(?!=|\s|$|[\"']?(?:\s|$|{_END})))"
_ONE_WORD = rf"[^\s<,;|&)\]}}>\"'\\]|{_END}(?!\s|$|:|{_END}|{_NAME})|<(?!/)|(?<!\\)\\+(?![\\\"'])"
_GOES_ON = rf"[ \t]+(?!\s|$|[\"']?{_NAME})"
_WORD, _WORDS = re.compile(f"(?:{_ONE_WORD})+"), re.compile(rf"(?:{_ONE_WORD}|[,;]?{_GOES_ON})+")
r"""A value without quotes, after ``=`` and ``:``. Both end at a sign that ends a pair, as ``,`` in ``a=1, b=2``. What
follows ``:`` may have blanks and commas: it goes on to the next name, a closing bracket, or the end of the line."""

_NO_NAME = slice(0, 0)
_IN_NAMES = string.ascii_letters + string.digits + "_.@$/-"
_HIDES = re.compile(r"\\[^\"\\]")
"""An escape that may hide a name or a quote. Escaped quotes hide none, since they are read as they are."""

_NOT_OF_JSON = re.compile(r"\\x[0-7]|%[0-7][0-9A-Fa-f]|&[#aglq]|\x1b\[")
"""Escapes of URLs, XML and terminals, between which JSON or a pair may be: these are decoded in a second pass."""

_ESCAPED = re.compile(r"(?<!\\)\\+(?:u([0-9A-Fa-f]{4})|(?=/))")


class Value(NamedTuple):
    """What is to be hidden, and where it is in its event; as text with its escapes decoded `depth` times."""

    start: int
    end: int
    rule: RedactionRule
    text: str
    depth: int


_Around = dict[int, dict[int, "tuple[slice, ...] | None"]]
"""What `_around` says, by how deep the text is."""


class _Found(NamedTuple):
    """The value of a field whose last name a rule has; without a rule if it is another field."""

    start: int
    end: int
    rule: RedactionRule | None
    is_bare: bool


class _Field(NamedTuple):
    """A rule: expressions of the end of a path, and of its last name if it has others; and how many others."""

    rule: RedactionRule
    path: re.Pattern[str]
    last: re.Pattern[str] | None
    names: int


class FieldFinder:
    """Finds values by the rules that name a field.

    Attributes:
        candidate: RE2 of the names in a text; without it, and without escapes, a text has no such value.
    """

    def __init__(self, rules: Sequence[RedactionRule]) -> None:
        self._fields = [_field(rule) for rule in rules]
        self._most = max((rule.field.count(".") for rule in rules), default=0)
        lasts = [rule.field.lower().rpartition(".")[2] for rule in rules]
        in_json, in_pair = ("|".join(_expression(last, any_) for last in lasts) for any_ in (r'[^"\\.]', r"[\w@$/-]"))
        self.candidate = rf"""(?i:{in_json}|{in_pair})\\*["']?\]?\s*[=:]""" if rules else ""
        cores = "|".join(_expression(last.lstrip("*"), r'[^"\\.]') for last in lasts)
        self._ends = re.compile(rf"""(?:{cores})\\*(["']?)\]?\s*[=:]""", re.IGNORECASE)
        self._names = re.compile(
            rf'(?<!\\)(?P<deep>\\*)"(?P<json>(?:[^"\\]*\.)?(?:{in_json})|[^"\\]*\\+[u/][^"]*)(?P=deep)"\]?\s*(?::|=>?)\s*'
            rf"|(?<![\w-])(?P<pair>[\w.@$/-]{{0,100}}?(?:{in_pair}))'?\]?"
            r"(?:[ \t]+=>?[ \t]*|=>?|(?P<colon>[ \t]*:[ \t]*))",
            re.IGNORECASE,
        )

    def values(self, text: str) -> Iterator[Value]:
        """The values in an event. Some lie in others."""
        if not self._fields:
            return
        done: list[tuple[int, int]] = []
        looks_on = bool(_HIDES.search(text))
        for depth, view in enumerate(views(text, JSON_TOKEN)):
            for found, value in self._values(view, depth, done):
                looks_on = looks_on or found.is_bare
                if value:
                    yield value
            if not looks_on:
                break
        if _NOT_OF_JSON.search(text):
            for depth, view in enumerate(views(text)):
                yield from (value for _, value in self._values(view, depth, done) if value and depth)

    def rule_of(self, path: str) -> RedactionRule | None:
        """The rule that names a field by its path, with points between names, if there is one."""
        return next((field.rule for field in self._fields if field.path.fullmatch(path)), None)

    def _values(self, view: View, depth: int, done: list[tuple[int, int]]) -> Iterator[tuple[_Found, Value | None]]:
        """What a text has, and what of it is to be hidden and was not found yet."""
        for found in self._found(view.text):
            start, end = view.in_event(found.start, found.end)
            # What was escaped may look like the end of a value once it is decoded, so the first look counts.
            place = bisect_right(done, (start, sys.maxsize))
            value = None
            if start < end and (found.is_bare or not place or start >= done[place - 1][1]):
                insort(done, (start, end))
                if found.rule:
                    value = Value(start, end, found.rule, view.text[found.start : found.end], depth)
            yield found, value

    def _found(self, text: str) -> Iterator[_Found]:
        at, around = 0, _Around()
        find = self._names.search if _ESCAPED.search(text) else self._name
        while name := find(text, at):
            at = name.end()
            rule = self._rule(text, name, around)
            if rule is None:
                opens = _OPENS.match(text, at)
                start = opens.end() if opens and opens[2] else at
                yield _Found(start, start + 1, None, is_bare=False)
                at = name.start() + max(1, len(name["deep"] or ""))
                continue
            bare = _SCALAR if name["pair"] is None else _WORD if name["colon"] is None else _WORDS
            start, end, is_bare = _value(text, at, len(name["deep"] or ""), bare)
            if start < end:
                yield _Found(start, end, rule, is_bare and bare is not _SCALAR)
                at = end

    def _name(self, text: str, at: int) -> re.Match[str] | None:
        """The next name. What may be its end is looked for first: that takes a tenth of the time."""
        while end := self._ends.search(text, at):
            before = text[at : end.start()]
            before = before[: before.rfind('"')].rstrip("\\") if end[1] == '"' else before.rstrip(_IN_NAMES)
            if name := self._names.match(text, at + len(before)):
                return name
            at = end.start() + 1
        return None

    def _rule(self, text: str, name: re.Match[str], around: _Around) -> RedactionRule | None:
        is_json = name["json"] is not None
        path = _plain(name["json"] or name["pair"] or "")
        rule = self.rule_of(path)
        longer = [field for field in self._fields if field.last and field.last.fullmatch(path)]
        if rule or not longer:
            return rule
        if not is_json:  # such as `user={email=a}`: nobody knows what is around it but a bracket
            is_inside = text.count("{", 0, name.start()) > text.count("}", 0, name.start())
            return longer[0].rule if is_inside else None
        deep = len(name["deep"])
        if deep not in around:
            around[deep] = _around(text, deep)
        names = around[deep].get(name.start())
        if names is None:
            return longer[0].rule
        named = [_plain(text[each]) for each in names if each != _NO_NAME]
        whole = ".".join([*named[-self._most :], path])
        # A text of an object may be the value of the name that the rule begins with.
        fits = (each.rule for each in longer if each.path.fullmatch(whole) or (deep and len(named) < each.names))
        return next(fits, None)


def _field(rule: RedactionRule) -> _Field:
    before, _, last = rule.field.lower().rpartition(".")
    return _Field(
        rule,
        re.compile(rf"(?:.*\.)?{_expression(rule.field, '[^.]')}", re.IGNORECASE | re.DOTALL),
        re.compile(rf"(?:.*\.)?{_expression(last, '[^.]')}", re.IGNORECASE | re.DOTALL) if before else None,
        rule.field.count("."),
    )


def _expression(name: str, any_: str) -> str:
    """A name with ``*`` and ``?``, as an expression of Python's and RE2."""
    signs = {"*": f"{any_}{{0,100}}", "?": any_}
    return "".join(signs.get(each) or re.escape(each) for each in name)


def _value(text: str, at: int, deep: int, bare: re.Pattern[str]) -> tuple[int, int, bool]:
    """Where the value is that starts here, and whether it is neither a text in quotes nor an object nor a list."""
    opens = _OPENS.match(text, at)
    if opens and opens[2]:
        return opens.end(), _text_end(text, opens.end(), opens[2], len(opens[1])), False
    if opens:
        return at, _object_end(text, at, deep), False
    found = bare.match(text, at)
    return at, found.end() if found else at, True


def _plain(name: str) -> str:
    return _ESCAPED.sub(lambda each: chr(int(each[1], 16)) if each[1] else "", name)


def _depth(backslashes: int) -> int:
    """How many backslashes of those before a quote belong to it; the others are text, in pairs."""
    return ((backslashes + 1) & -(backslashes + 1)) - 1


def _text_end(text: str, at: int, quote: str, deep: int) -> int:
    """Where a text in quotes ends; at the latest with the one that it is in. A quote before a letter ends none."""
    goes_on = re.compile(rf"[\w{quote}]")
    for each in _QUOTES[quote].finditer(text, at):
        depth = _depth(len(each[1]))
        if depth < deep or (depth == deep and (each.start() == at or not goes_on.match(text, each.end()))):
            return each.end() - 1 - depth
    return len(text)


def _object_end(text: str, at: int, deep: int) -> int:
    """Where an object or a list ends; at the latest with the text that it is in."""
    opened, in_text = 0, False
    for sign in _SIGNS.finditer(text, at):
        if sign[1] is not None:
            depth = _depth(len(sign[1]))
            if depth < deep:
                return sign.end() - 1 - depth
            in_text ^= depth == deep
        elif not in_text and sign[0] != ",":
            opened += 1 if sign[0] in "{[" else -1
            if opened == 0:
                return sign.end()
    return len(text)


def _around(text: str, deep: int) -> dict[int, tuple[slice, ...] | None]:
    """Where the names are of the objects that a text in quotes is in, by its start; None if that can't be known."""
    found: dict[int, tuple[slice, ...] | None] = {}
    names: tuple[slice, ...] = ()
    name, opened = _NO_NAME, -1
    is_known = True
    for sign in _SIGNS.finditer(text):
        if sign[1] is not None:
            depth = _depth(len(sign[1]))
            if depth < deep:
                names, name, opened, is_known = (), _NO_NAME, -1, True
            elif depth == deep and opened < 0:
                opened, is_known = sign.end(), is_known and bool(names)
                found[sign.end() - 1 - depth] = names if is_known else None
            elif depth == deep:
                name, opened = slice(opened, sign.end() - 1 - depth), -1
        elif opened < 0:
            if sign[0] in "{[":
                names = (*names, name)
            elif sign[0] != ",":
                names = names[:-1]
            name = _NO_NAME
    return found
