"""What the fields of a header look like: RE2 by kind, of ``kinds.toml``, and of times and levels."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import tomllib

from loglake.kernels.formats.levels import MESSAGE_ID
from loglake.kernels.formats.times.layouts import DATES as LAYOUTS_OF_DATES
from loglake.kernels.formats.times.layouts import LAYOUTS, NAMED_ZONES, unnamed

_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-6]\d"
_DATE = r"[12]\d{3}[-/.](?:0[1-9]|1[0-2])[-/.](?:0[1-9]|[12]\d|3[01])"
_ISO_TIME = rf"{_CLOCK}(?:[.,:]\d{{1,9}})?"

DATES: Mapping[str, str] = {name: unnamed(layout) for name, layout in LAYOUTS_OF_DATES.items()}
"""Times with a date: an event that starts with one has a header."""

CLOCKS: Mapping[str, str] = {
    "clock": rf"{_CLOCK}(?:[.,]\d{{1,9}})?",
    "nanoseconds": r"1[4-9]\d{17}",  # from 2014 on
    "since": r"1[4-9]\d{8}(?:\.\d{1,9}|\d{3})?",  # from 2014 on
    "epoch": r"1\d{9}(?:\.\d{1,9})?|1\d{12}",
}
"""Times that may be something else: a level has to follow."""

LEVEL_WORDS = (
    *("trace", "finest", "finer", "verbose", "trce", "trc", "vrb"),
    *("debug", "fine", "dbug", "dbg"),
    *("information", "informational", "info", "notice", "inf", "config"),
    *("warning", "warn", "wrn"),
    *("error", "eror", "err", "severe", "fail"),
    *("fatal", "critical", "crit", "alert", "emergency", "emerg", "panic", "dpanic", "ftl", "shout"),
)
CAPITALS = "|".join(word.upper() for word in LEVEL_WORDS)
ANY_CASE = f"(?i:{'|'.join((*LEVEL_WORDS, 'trac', 'debu', 'noti', 'erro', 'aler', 'emer'))})"
"""Cut at four letters, too: only if something marks it as a level."""

NAME_PART = r"(?:[\w$-]+|\[[^\]\n]*\])"
_TEXTS = {
    name: "".join(parts)
    for name, parts in tomllib.loads(files(__package__).joinpath("kinds.toml").read_text("utf-8"))["kinds"].items()
}

KINDS: Mapping[str, str] = {
    **{name: unnamed(layout) for name, layout in LAYOUTS.items()},
    **CLOCKS,
    **{name: text.partition("/")[2][:-1] for name, text in _TEXTS.items()},
    **{"capitals": CAPITALS, "any_case": ANY_CASE, "loguru": f"{CAPITALS}|SUCCESS"},
    **{"vertica": f"{CAPITALS}|LOG|ROLLBACK", "code": f"{MESSAGE_ID}[A-Z]?"},
    **{"date": _DATE, "asctime": rf"{_DATE} {_CLOCK},\d{{3}}"},
}

NUMBERS = frozenset(name for name, text in _TEXTS.items() if text.startswith("whole/"))
"""Kinds whose columns may have a type of numbers."""

ROWS: Mapping[str, str] = {",": "csv", ";": "ssv", "\t": "tsv"}
"""The kinds of the cells of rows, by what is between them. Quotes may be around a cell, doubled in it."""

DASHED = frozenset(
    {
        *("status", "method", "http", "count", "measure", "uri", "quoted", "filled"),
        *("w3c", "w3c_ip", "w3c_name", "w3c_status", "w3c_method", "zeek", "zeek_bool", "zeek_time", "tsv"),
    }
)
"""Kinds whose value may be a dash, which stands for none."""

TIMES = frozenset({"zeek_time"})
"""Kinds whose columns are timestamps."""

PADDED = frozenset({"square", "keyed", "maybe", "round", "curly", "angle", "cell", "tabbed", "semicolons"})
"""Kinds whose values may have white space around them, which is no part of them."""

_WORD_ZONE = rf"(?:Z|[+-]\d\d:?\d\d|{NAMED_ZONES})?"
SPACED_ZONES = (*NAMED_ZONES.split("|"), "+0000", "-00:00")
"""Words that are the zone of the time before them."""

WORDS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "iso": ((rf"{_DATE},? {_ISO_TIME}{_WORD_ZONE}", 2), (rf"{_DATE}[T_]{_ISO_TIME}{_WORD_ZONE}", 1)),
    "name": ((r"[A-Za-z_$][\w$-]*(?:(?:\.|::|/|\\|#|@)[\w$-]+)+|[A-Za-z]\w*_\w*", 1),),
    "path": ((r"[A-Za-z_$<][\w$<>-]*(?:(?:\.|::|/|\\|#|@)(?:[\w$-]+|<\w+>))*", 1),),
    **{
        kind: ((KINDS[kind], 1),)
        for kind in (
            *("capitals", "any_case", "letter", "logrus", "loguru", "nest", "verbosity"),
            *("number", "hex", "id", "decimal_id", "host", "nodename", "file", "camel", "class", "word", "module"),
            *("dotted", "function", "trace", "uptime", "token", "filled"),
        )
    },
}
"""RE2 of values of a kind without white space but that between a date and its time, and how many words they are."""

ENCLOSED: Mapping[str, tuple[str, str]] = {
    "square": ("[]", r"[^\s\[\]]*[^\s\[\]\d#:][^\s\[\]]*"),
    "maybe": ("[]", r"[^\s\[\]]+"),
    "round": ("()", r"[^\s()]+"),
}
"""Of kinds that only a bracket ends: the brackets, and RE2 of values that are one word and have none."""
