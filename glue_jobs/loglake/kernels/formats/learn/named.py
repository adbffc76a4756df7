"""Layouts of lines whose fields a header line names: ``#Fields:`` of W3C's extended format, ``#fields`` of Zeek.

Such a layout is kept with the table's schema like any other, so the lines are read also where the header line is in
another object, or in an earlier batch. A dataset may name the fields instead.

https://www.w3.org/TR/WD-logfile.html, https://docs.zeek.org/en/master/log-formats.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from loglake.core.schema.schema import clean_name
from loglake.errors import ConfigError
from loglake.kernels.arrow import Strings, matches, occurs, pc, texts_of
from loglake.kernels.formats.learn.layout import END, TAIL, layout_of
from loglake.kernels.formats.learn.patterns import W3C_KINDS
from loglake.kernels.formats.learn.piece import compiled

MAX_HEADERS = 100
"""So many different header lines of a batch are looked at."""

MAX_NAMES = 300
"""A line that names more fields is no header line: the time to read a layout grows with them."""

_HEADER = r"(?:^|\n)(?:#Fields: |#fields\t)"
_LINE = re.compile(r"^#(Fields: |fields\t|types\t)([^\n]*)", re.MULTILINE)

_W3C_NAME = re.compile(r"[A-Za-z][\w.-]*(?:\([\w.-]+\))?")
_ZEEK_TYPES = {
    **{"time": "zeek_time", "addr": "w3c_ip", "bool": "zeek_bool"},
    **dict.fromkeys(("count", "int", "port", "double", "interval"), "measure"),
}
_ZEEK_NUMBERS = re.compile(r"id\.(?:orig|resp)_p|duration|(?:orig|resp|missed)_(?:ip_)?(?:bytes|pkts)|trans_depth")
_ZEEK_ADDRESSES = re.compile(r"id\.(?:orig|resp)_h")
_ZEEK_NAME = re.compile(r"[A-Za-z_][\w.$-]*")
RESERVED = frozenset({"message", "level", "object", "pairs", "trailing", "whole", "_"})

_OF_CLOUDFRONT = "x-edge-location"
"""CloudFront's lines have tabs, and a format of their own."""


def named_layouts(raw: Strings, stored: Collection[str]) -> list[str]:
    """The layouts that the header lines in these events name, without those whose fields are stored already."""
    if not occurs(raw, r"#Fields: |#fields\t"):
        return []
    headed = pc.unique(raw.filter(matches(raw, _HEADER)))[:MAX_HEADERS]
    types = raw.filter(matches(raw, r"^#types\t"))[:MAX_HEADERS]
    known = {tuple(layout_of(text).fields) for text in stored if text.endswith(END)}
    found: list[str] = []
    for names, kinds in _headers("\n".join([*texts_of(headed), *texts_of(types)])):
        text = _layout(names, kinds) if _is_sure(names) else _with_commas(names)
        if text and tuple(layout_of(text).fields) not in known:
            known.add(tuple(layout_of(text).fields))
            found.append(text)
    return found


def ordered_layout(names: Sequence[str]) -> str:
    """The layout of lines with these fields, as a dataset names them: W3C's, or Zeek's if the first one is ``ts``.

    Raises:
        ConfigError: the names are no such fields.
    """
    text = _layout(names, ())
    if not text:
        raise ConfigError(
            "fields: header takes the fields of a `#Fields:` line of W3C, with date or time first, or those of a "
            "`#fields` line of Zeek, with ts first"
        )
    return text


def _headers(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """The names of each header line, and Zeek's types of the same number of fields, if they are there."""
    lines = [(found[1], found[2].strip("\r")) for found in _LINE.finditer(text)]
    types = [rest.split("\t") for sign, rest in lines if sign.startswith("types")]
    for sign, rest in lines:
        if sign.startswith("Fields"):
            yield rest.split("," if "," in rest else None), []
        elif sign.startswith("fields"):
            names = rest.split("\t")
            fitting = {tuple(each) for each in types if len(each) == len(names)}
            yield names, list(next(iter(fitting))) if len(fitting) == 1 else []


def _is_sure(names: Sequence[str]) -> bool:
    """Whether a field besides the time has values of a shape of its own: else prose with a date fits the lines, too."""
    return names[:1] == ["ts"] or any(_w3c_kind(name) for name in names if name not in {"date", "time"})


def _layout(names: Sequence[str], types: Sequence[str]) -> str:
    """A layout's text; empty if the names are none of W3C's with a time first, nor Zeek's."""
    if not 4 <= len(names) <= MAX_NAMES or len(set(map(_group, names))) != len(names):
        return ""
    if names[0] == "ts" and all(map(_ZEEK_NAME.fullmatch, names)):
        fields = [_zeek(name, kind) for name, kind in zip(names, types or [""] * len(names))]
        return "\t".join(fields) + TAIL + END
    is_timed = names[0] in {"date", "time"}
    if not is_timed or _OF_CLOUDFRONT in names or not all(map(_W3C_NAME.fullmatch, names)):
        return ""
    if list(names[:2]) == ["date", "time"]:
        return " ".join(["{timestamp:iso}", *map(_w3c, names[2:])]) + TAIL + END
    return " ".join(map(_w3c, names)) + TAIL + END


def _with_commas(names: Sequence[str]) -> str:
    """A layout's text of Exchange's lines, which have commas between cells; empty if the names are none of these.

    https://learn.microsoft.com/exchange/mail-flow/connectors/protocol-logging
    """
    if names[:1] != ["date-time"] or not 4 <= len(names) <= MAX_NAMES or len(set(map(_group, names))) != len(names):
        return ""
    return ",".join(["{timestamp:iso}", *(f"{{{_group(name)}:csv}}" for name in names[1:])]) + TAIL + END


def _w3c(name: str) -> str:
    return f"{{{_group(name)}:{_w3c_kind(name) or 'w3c'}}}"


def _w3c_kind(name: str) -> str:
    return next((kind for kind, pattern in W3C_KINDS.items() if compiled(pattern).fullmatch(name)), "")


def _zeek(name: str, kind: str) -> str:
    if name == "ts":
        return "{ts:zeek_time}"
    if not kind:
        kind = "count" if _ZEEK_NUMBERS.fullmatch(name) else "addr" if _ZEEK_ADDRESSES.fullmatch(name) else ""
    return f"{{{_group(name)}:{_ZEEK_TYPES.get(kind, 'zeek')}}}"


def _group(name: str) -> str:
    """The name of a field's group, which is that of its column."""
    clean = clean_name(name)
    return f"{clean}_field" if clean in RESERVED or clean == "timestamp" else clean
