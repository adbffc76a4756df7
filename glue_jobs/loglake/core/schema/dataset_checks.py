"""Checks of a dataset's fields; each raises ConfigError with the field and the values that it takes.

The keys that define a format of the team's own become one text, which goes to the kernels: the pattern or the layout as
it is; for a Grok pattern with more than that, a JSON object; for lnav and toml, the content of the file. A format in
loglake's own notation stays text here: the export job's Python has no reader of TOML.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Callable, TypeVar

from loglake.core.near_names import meant
from loglake.core.units import parse_instant
from loglake.errors import ConfigError

E = TypeVar("E", bound=Enum)

ReadFile = Callable[[str], str]
"""Reads a file beside the datasets file; raises ConfigError if it can't."""

KEYS = ("layout", "file", "patterns", "ecs_compatibility")
"""Keys that go into a dataset's pattern."""

_ECS = ("disabled", "v1", "v8")
"""As in Logstash: https://www.elastic.co/docs/reference/logstash/plugins/plugins-filters-grok"""

_NEEDED = {
    "regex": (r"pattern", r"a pattern with named groups, such as ^(?P<level>\w+) (?P<message>.*)$"),
    "grok": ("pattern", "a pattern, such as '%{IP:client} %{WORD:method} %{GREEDYDATA:message}'"),
    "nginx": (
        "layout",
        "a layout, the string of log_format, such as '$remote_addr \"$request\" $status'",
    ),
    "apache": ("layout", "a layout, the string of LogFormat, such as '%h %l %u %t \"%r\" %>s %b'"),
    "log4j": ("layout", "a layout, the pattern of PatternLayout, such as '%d [%t] %-5level %logger - %msg%n'"),
    "lnav": ("file", "a file in lnav's format language, such as formats/shop.lnav.json"),
    "toml": ("file", "a file with a format's definition, such as formats/shop.toml"),
}
"""By format, the key of its definition, and what that takes."""

DEFINED = frozenset(_NEEDED)
"""Formats that are nothing without a definition."""

_FEW = 10
"""So many allowed values are listed; of more, those that are near the wrong one are."""

MAX_DEFINITION = 200_000
"""Characters: each task gets it."""


def key_of(name: str) -> str:
    """The key of a dataset that has the pattern or the layout of a format."""
    return _NEEDED[name][0] if name in _NEEDED else "pattern"


def unfolded(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry whose format may be a definition: ``{file: shop.toml}``, or its keys, such as ``{text: …}``."""
    given = entry.get("format")
    if not isinstance(given, Mapping):
        return entry
    if not given or ("file" in given and len(given) > 1):
        raise ConfigError("format: give its name, or {file: shop.toml}, or the keys of a definition, such as {text: …}")
    own = {"file": given["file"]} if "file" in given else {"pattern": json.dumps(given, ensure_ascii=False)}
    twice = next((key for key in ("pattern", *KEYS) if entry.get(key)), "")
    if twice:
        raise ConfigError(f"{twice}: the format has its definition already: leave one of them out")
    return {**entry, **own, "format": "toml"}


def definition_of(entry: Mapping[str, Any], name: str, read_file: ReadFile | None) -> str:
    """The definition of an entry's format; empty if there is none.

    Args:
        entry: as the file has it.
        name: the format.
        read_file: None where the files beside the datasets file are out of reach, as in a job.

    Raises:
        ConfigError: a key belongs to another format, or the file can't be read.
    """
    there = [key for key in ("pattern", *KEYS) if entry.get(key)]
    for key in there:
        if key == "pattern":
            continue  # `check_pattern` does it; a job's file has every definition there
        takers = [each for each, (needed, _) in _NEEDED.items() if needed == key] or ["grok"]
        if name not in takers:
            one = "only the format" if len(takers) == 1 else "only the formats"
            takes = "takes" if len(takers) == 1 else "take"
            raise ConfigError(f"{key}: {one} {', '.join(takers)} {takes} it, and this entry has {name}")
    if "pattern" in there and {"layout", "file"} & {*there}:
        raise ConfigError(f"pattern and {there[1]} are both there: leave one of them out")
    if {"patterns", "ecs_compatibility"} & {*there}:
        return _grok(entry.get("pattern"), entry.get("patterns") or {}, entry.get("ecs_compatibility") or _ECS[0])
    if entry.get("file"):
        return _read(entry["file"], read_file)
    return entry.get("layout") or entry.get("pattern") or ""


def _grok(pattern: Any, patterns: Any, ecs: Any) -> str:
    if ecs not in _ECS:
        raise ConfigError(f"ecs_compatibility: {ecs!r} must be one of {', '.join(_ECS)}")
    if not isinstance(patterns, Mapping) or not all(
        isinstance(text, str) and re.fullmatch(r"\w+", str(name)) for name, text in patterns.items()
    ):
        raise ConfigError("patterns is a mapping from a name to an expression, such as {ORDER: '[A-Z]{2}-[0-9]+'}")
    if pattern and not isinstance(pattern, str):
        raise ConfigError(f"format grok needs {_NEEDED['grok'][1]}")
    named = {str(name): text for name, text in patterns.items()}
    if not pattern:
        return ""
    is_ecs = {"ecs_compatibility": ecs} if ecs != _ECS[0] else {}
    return json.dumps({"pattern": pattern, "patterns": named, **is_ecs}, ensure_ascii=False)


def _read(name: Any, read_file: ReadFile | None) -> str:
    if not isinstance(name, str):
        raise ConfigError("file is the name of one file")
    if read_file is None:
        raise ConfigError(f"file: {name} is out of reach here: give its content as pattern")
    return read_file(name)


def check_pattern(name: str, pattern: Any) -> None:
    """A first check of a definition, with what the standard library can see. The kernels check the rest."""
    if name not in DEFINED:
        if pattern:
            takers = ", ".join(each for each, (key, _) in _NEEDED.items() if key == "pattern")
            raise ConfigError(f"pattern: only the formats {takers} take one, and this entry has {name}")
        return
    if not isinstance(pattern, str) or not pattern.strip():
        raise ConfigError(f"format {name} needs {_NEEDED[name][1]}")
    if len(pattern) > MAX_DEFINITION:
        raise ConfigError(f"{_NEEDED[name][0]}: has {len(pattern):,} characters; at most {MAX_DEFINITION:,} are read")
    if name == "regex":
        _check_regex(pattern)


def check_start_pattern(pattern: Any) -> None:
    """The pattern of an event's first line."""
    if pattern and not isinstance(pattern, str):
        raise ConfigError(r"multi_line_start_pattern is one pattern, such as '^\d{4}-\d\d-\d\d '")


def _check_regex(pattern: str) -> None:
    """With Python's own expressions. The kernels use RE2, which supports less."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # [[:alpha:]] may come to mean something else to Python; RE2 knows it
            compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"pattern: {pattern!r} is not a regular expression: {error}") from None
    if not compiled.groupindex:
        raise ConfigError(f"pattern: {pattern!r} names no group: write (?P<name>...) around what is to be a column")
    if compiled.groups > len(compiled.groupindex):
        raise ConfigError(f"pattern: {pattern!r} has a group without a name: write (?P<name>...), or (?:...)")


ORDERED_FORMATS = ("vpc_flow", "cloudfront", "cloudfront_realtime", "header")
"""Formats with configurable fields and field order."""


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """A field with a fixed set of values."""
    if value not in allowed and len(allowed) <= _FEW:
        raise ConfigError(f"{name}: {value!r} must be one of {', '.join(allowed)}")
    if value not in allowed:
        near = meant(str(value), allowed) or "`loglake formats list` has all."
        raise ConfigError(f"{name}: {value!r} is not known: {near}")


def member_of(kind: type[E], name: str, value: Any) -> E:
    """The member of an enumeration that a field names by its value."""
    one_of(name, value, tuple(member.value for member in kind))
    return kind(value)


def check_fields(format_name: str, fields: Sequence[Any]) -> None:
    """The order of a line's fields."""
    if not fields:
        return
    if format_name not in ORDERED_FORMATS:
        raise ConfigError(f"fields: only {', '.join(ORDERED_FORMATS)} take them, and this entry has {format_name}")
    if not all(isinstance(name, str) and name for name in fields):
        raise ConfigError("fields needs a list of names, in the order of a line, such as [version, vpc-id, srcaddr]")
    twice = next((name for name in fields if fields.count(name) > 1), None)
    if twice:
        raise ConfigError(f"fields: {twice!r} is there twice")


def check_transform(transform: Any) -> None:
    """A function of a module, by its name; whether it is there is found out when it is packaged."""
    if not transform:
        return
    parts = transform.split(":") if isinstance(transform, str) else []
    if len(parts) != 2 or not parts[1].isidentifier() or not all(each.isidentifier() for each in parts[0].split(".")):
        raise ConfigError(f"transform: {transform!r} must be package.module:function, such as shop_logs.clean:clean")


def check_start(start: str) -> None:
    """A date or a time, or nothing."""
    try:
        early = bool(start) and parse_instant(start) < 0
    except ConfigError as error:
        raise ConfigError(f"start: {error}") from None
    if early:
        raise ConfigError(f"start: {start!r} lies before 1970, where no log event can be")


LANDED_LATE_DAYS = 15
"""An hour is converted again as a whole if an event lands late, and CloudWatch takes events that are 14 days old."""


def check_days(retention_days: Any, delete_raw_after: Any, *, lands: bool) -> None:
    """How many days are kept; `lands`: objects land for the dataset."""
    for name, days in (("retention_days", retention_days), ("delete_raw_after", delete_raw_after)):
        if days is not None and (not isinstance(days, int) or isinstance(days, bool) or days < 1):
            raise ConfigError(f"{name}: {days!r} must be a whole number of days, 1 or more, such as 400")
    if lands and delete_raw_after is not None and delete_raw_after < LANDED_LATE_DAYS:
        raise ConfigError(
            f"delete_raw_after: with ingest: landing it must be {LANDED_LATE_DAYS} or more, since an event may land "
            "14 days late, and its hour is then converted again from all of its raw objects"
        )
