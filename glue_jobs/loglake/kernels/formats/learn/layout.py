"""A layout: how the events of a logger start, as a text such as ``{timestamp:iso} {level} [{thread}] {logger}: ``.

A layout is what a table's schema keeps of a header that was learned, so what a text means never changes:

* ``{name:kind}`` is a field, of one of `KINDS`;
* a space is one or more of them; around a vertical bar, and inside of brackets, there may be any number;
* all else stands for itself;
* the message follows. After ``…`` comes the tail: ``{object}`` is a JSON object, ``{pairs}`` are keys and values,
  ``{spread}`` are such anywhere in the message. With ``{access}`` the message is a line of an access log, with
  ``{end}`` there is none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

from loglake.errors import ConfigError
from loglake.kernels.formats.kinds import KINDS, NUMBERS, PADDED
from loglake.kernels.formats.learn.patterns import PATTERNS, TAILS
from loglake.kernels.formats.notation import KINDS_OF_HEADERS, compiled
from loglake.kernels.formats.pairs.in_messages import PAIR_ANYWHERE, PAIR_AT_START

TAIL = "…"
OBJECT, PAIRS, TRAILING = "object", "pairs", "trailing"
END, ACCESS = "{end}", "{access}"
SPREAD = "{spread}"

_ACCESS = (
    '{remote_host:uri} {remote_logname:uri} {remote_user:uri} [{time:common}] "{method:method} {uri:uri} '
    '{protocol:http}" {status:status} {bytes_sent:count}{? "{referer:quoted}" "{user_agent:quoted}"?}'
)
"""An access log's line in the common or the combined format, as it may stand behind a header.

https://httpd.apache.org/docs/current/logs.html
"""

ACCESS_LINE = rf"^{compiled(_ACCESS, KINDS_OF_HEADERS, is_end=False).pattern}(?:\s|$)"
REQUEST, REQUEST_LINE = "{request}", "{request_line}"
_OF_LINE = {"method": "method", "uri": "uri", "protocol": "http"}
_ANYWHERE: Mapping[str, Mapping[str, str]] = {
    SPREAD: {},
    REQUEST: {**_OF_LINE, "status": "status"},
    REQUEST_LINE: _OF_LINE,
}
"""The kinds of the fields of tails that may begin the message, or end it."""

ONE_PAIR = f"{TAIL}{{pair_at_end}}"
"""A pair ends many events that have the header."""

HEADLESS = f"{TAIL}{{{PAIRS}}}"
"""No header, but pairs at the end."""


FIELD = re.compile(r"\{(\w+):(\w+)\}")
_LAST_FIELD = re.compile(r"\{\w+:(\w+)\}$")
_MESSAGE = r"(?P<message>(?s:.*))$"
_GAP, _TAB_GAP = r"(?:\s+|$)", r"(?:\t\s*|$)"


class Layout(NamedTuple):
    """A layout, ready to read.

    Attributes:
        text: as the schema has it.
        start: RE2 that an event of the layout has; without its message where that is of no interest.
        pattern: RE2 with its fields as groups, and ``message``, which has what follows it too if `ending` is there.
        ending: RE2 of an object or of pairs that end the message; empty if none do.
        fields: kinds by name of the fields.
        tail: what follows the message; empty if nothing does.
    """

    text: str
    start: str
    pattern: str
    ending: str
    fields: dict[str, str]
    tail: str


@lru_cache(maxsize=1024)
def layout_of(text: str) -> Layout:
    """A layout by its text.

    Raises:
        ValueError: it names a kind that is none, or a field twice.
    """
    head, has_tail, tail = text.partition(TAIL)
    names = dict(FIELD.findall(head))
    wrong = ValueError(f"{text!r} names a field twice, or a kind that is none")
    if tail not in {"", END, ACCESS, *TAILS}:
        raise wrong
    try:
        start = f"^{_header(head)}"
    except ConfigError as error:
        raise wrong from error
    if not has_tail:
        return Layout(text, start, rf"{start}{_MESSAGE}", "", names, "")
    if tail == END:
        return Layout(text, rf"{start}\s*$", rf"{start}\s*(?P<message>)$", "", names, tail)
    if tail in _ANYWHERE:
        ending, more = "" if tail == SPREAD else TAILS[tail], _ANYWHERE[tail]
        somewhere = (
            rf"{start}(?:(?s:.*?)[ \t])?{TAILS[tail].removeprefix(PATTERNS['opens'])}"  # the header has the blank
        )
        if tail == SPREAD:
            somewhere = rf"{start}(?:{PAIR_AT_START}|(?s:.*?)(?:{PAIR_ANYWHERE}))(?s:.*?)(?:{PAIR_ANYWHERE})"
        return Layout(text, somewhere, rf"{start}{_MESSAGE}", ending, {**names, **more}, tail)
    if tail == ACCESS:
        line = re.sub(r"[?]P<\w+>", "?:", ACCESS_LINE.removeprefix("^"))
        return Layout(text, start + line, rf"{start}{_MESSAGE}", "", {**dict(FIELD.findall(_ACCESS)), **names}, tail)
    # A message that is an object has none behind it.
    text_before = r"(?:\S[^\n]*?)?" if TRAILING in TAILS[tail] else r"[^{\s](?s:.*?)"
    somewhere = rf"{start}(?:{text_before}){after_text(TAILS[tail])}"
    fields = {**names, **dict(FIELD.findall(tail))}
    if tail == f"{{{PAIRS}}}":  # they may be all
        somewhere = rf"{start}(?:{text_before}[ \t])?{PATTERNS['pairs']}\s*$"
    if TRAILING not in TAILS[tail]:  # faster found in the message than cut out with the header
        return Layout(text, somewhere, rf"{start}{_MESSAGE}", TAILS[tail], fields, tail)
    return Layout(text, somewhere, rf"{start}(?P<message>{text_before}){TAILS[tail]}", "", fields, tail)


def after_text(tail: str) -> str:
    """The expression of a tail behind any text, which has all spaces but the last: there is one way to split them."""
    return re.sub(r"\[ \\t\]([+*])", lambda found: r"[ \t]" if found[1] == "+" else "", tail, count=1)


def places_of(layout: Layout) -> list[str]:
    """The names of the fields in the order of their places; a date and its time are two."""
    found = FIELD.findall(layout.text.partition(TAIL)[0])
    return [name for name, kind in found for _ in range(2 if kind == "iso" else 1)]


def without_fields(layout: Layout, names: Collection[str]) -> Layout:
    """The layout of the same lines without these fields; one of them stays as ``_``, which is no column."""
    pattern, fields = layout.pattern, {name: kind for name, kind in layout.fields.items() if name not in names}
    for name in names:
        pattern = pattern.replace(f"(?P<{name}>", "(?:" if "_" in fields else "(?P<_>")
        fields["_"] = layout.fields[name]
    return layout._replace(pattern=pattern, fields=fields)


def _header(head: str) -> str:
    stripped = head.rstrip(" \t")
    pattern = compiled(stripped, KINDS_OF_HEADERS, is_end=False, literal=_literal).pattern
    if head == stripped:
        last = _LAST_FIELD.search(head)
        return f"{pattern.removesuffix(KINDS[last[1]] + ')')}{_whole_number(last[1])})" if last else pattern
    gap = r"\s*" if stripped.endswith("|") else _TAB_GAP if head.endswith("\t") else _GAP
    return pattern + gap


def _whole_number(kind: str) -> str:
    """RE2 of a field that nothing has to follow: no part of a number that has more digits."""
    if kind not in NUMBERS | {"digits"}:
        return KINDS[kind]
    digits, dash, _ = KINDS[kind].partition("|-")
    return rf"(?:{digits})\b{dash}"


def _literal(text: str) -> str:
    """RE2 of what stands between fields."""
    found = re.escape(text).replace("\\ ", " ").replace("\\\t", "\t").replace("\t", r"\t+")
    found = re.sub(r" *\\\| *", r" *\\| *", found)
    found = re.sub(r"(?<!\*) +(?!\*)", " +", found)
    found = re.sub(r"(\\[\[({<]|<)$", r"\1 *", found)
    return re.sub(r"^(\\[\])}]|>)", r" *\1", found)


def rank(text: str) -> tuple[int, int, str]:
    """Sorts layouts: the most particular first, so that one that begins as another one does is asked before it."""
    head, _, tail = text.partition(TAIL)
    kinds = [kind for _, kind in FIELD.findall(head)]
    weight = 4 * len(kinds) - sum(kind in PADDED for kind in kinds)
    return (-weight - 2 * bool(tail), -len(head), text)
