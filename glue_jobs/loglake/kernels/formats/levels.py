"""One vocabulary for the severity of an event, whatever a logging library calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Callable

import pyarrow as pa

from loglake.kernels.arrow import (
    NO_STRING,
    Mask,
    Strings,
    by_value,
    choose,
    coalesce,
    few_bytes,
    lookup,
    matches,
    nulls,
    occurs,
    pc,
    to_mask,
    without,
)
from loglake.kernels.formats.tables import tables

_LEVELS = tables("levels.toml")
_NAMES: Mapping[str, Sequence[str]] = _LEVELS["names"]


def _table(name: str) -> Callable[[Strings], Strings]:
    """A function that gives the level of each text, as a table of ``levels.toml`` has it; null if it has none."""
    return lookup({text: level for level, texts in _LEVELS[name].items() for text in texts})


_level_of, _level_of_letter, _level_of_sign = _table("names"), _table("letters"), _table("signs")

debug_level = _table("sssd")
"""The level that a bit of SSSD's debug level stands for; else null."""

nextcloud_level = _table("nextcloud")
"""The level of a number from 0 (debug) to 4 (fatal); else null."""

severity_number = _table("opentelemetry")
"""The level of OpenTelemetry's SeverityNumber, from 1 (trace) to 24 (fatal); else null."""

syslog_level = _table("syslog")
"""The level of syslog's number, from 0 (emergency) to 7 (debug); else null."""

_BETWEEN_LEVELS = r"^(DEBUG|INFO|WARN|ERROR)[+-]\d+$"
"""https://pkg.go.dev/log/slog#Level.String: a level without a name is written as a named one plus or minus a number."""

HEAD_CHARACTERS = 64
_CAPITALS = "TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL"
ANY_CASE = (
    "(?i:trace|debug|debu|info|notice|noti|warn|warning|error|erro|err|severe|fatal|critical|crit|alert|emergency|emerg"
    "|panic)"
)
MESSAGE_ID = r"(?:AMQ\d{4,6}|CW[A-Z]{2,3}\d{4})"
"""The start of a message's id, without the letter of its level: IBM MQ's or Artemis', and WebSphere's.

Others look like subjects: ``SHA256: ``. https://www.ibm.com/docs/en/ibm-mq/9.4?topic=reference-messages
"""

_CODE = rf"^{MESSAGE_ID}(?P<code>[IWE])(?:: |$)"

_WORD = (
    rf"(?:^|[\s\[\(|:.])(?P<capitals>{_CAPITALS})(?:$|[\s\]\)|:,])"
    rf"|[\[(<](?P<bracketed>{ANY_CASE})[\])>]"
    rf"|\t(?P<tabbed>{ANY_CASE})\t"
    rf"|(?:^ *|[\]\dZ] +)(?P<first>{ANY_CASE}):(?:\s|$)"
    r"|^(?P<klog>[IWEF])(?:\d{4}|\d{8}) \d\d:\d\d:\d\d"
    rf"|{_CODE}"
)
"""A word of capitals anywhere. In another case only if brackets, tabs, or a colon after the time mark it as a level."""

_IN_WORDS = re.compile(rb"(?i)trac|debu|info|noti|warn|err|ever|fata|crit|aler|emer|pani|amq\d|cw[a-z]|[iwef]\d{4}")
"""A part of whatever `_WORD` finds. Arrow compiles a pattern in each call, which takes longer than to search few texts.

Without the s of ``severe``, which may be a long s for RE2.
"""


def normal_level(texts: Strings) -> Strings:
    """TRACE, DEBUG, INFO, WARN, ERROR or FATAL for any usual name or number of a level, in any case; else null."""
    return by_value(texts, _normal) if texts.null_count < len(texts) else no_level(len(texts))


def _normal(texts: Strings) -> Strings:
    names = pc.utf8_upper(pc.utf8_trim_whitespace(texts))
    few = few_bytes(names)
    if few is None or b"+" in few or b"-" in few:
        names = pc.replace_substring_regex(names, _BETWEEN_LEVELS, r"\1")
    return _level_of(names)


def level_in_text(raw: Strings) -> Strings:
    """The level that a text names in its first `HEAD_CHARACTERS`, such as ``ERROR``, ``[error]`` or klog's ``E``."""
    heads = pc.utf8_slice_codeunits(raw, 0, HEAD_CHARACTERS)
    few = few_bytes(heads)
    if few is not None and not _IN_WORDS.search(few):
        return no_level(len(raw))
    return _of_some(heads, to_mask(matches(heads, _WORD)), _level_in_heads)


def _of_some(texts: Strings, which: Mask, levels_of: Callable[[Strings], Strings]) -> Strings:
    """The levels of some texts, found in these alone, because that costs most; null for the others."""
    if which.all() and len(texts):
        return levels_of(texts)
    where, levels = pa.array(which), no_level(len(texts))
    return pc.replace_with_mask(levels, where, levels_of(texts.filter(where))) if which.any() else levels


_HEADED = rf"^\s*(?:[\[(<\d]|(?:{_CAPITALS})\b|{ANY_CASE}:|[IWEF]\d)"


def level_of_message(messages: Strings) -> Strings:
    """The level that a message names which starts as a logger's line does; null for others, and without a message."""
    return _of_some(messages, to_mask(matches(messages, _HEADED)), level_in_text)


def _level_in_heads(heads: Strings) -> Strings:
    found = pc.extract_regex(heads, _WORD)
    words = [without(pc.struct_field(found, name), "") for name in ("capitals", "bracketed", "tabbed", "first")]
    letters = [letter_level(without(pc.struct_field(found, name), "")) for name in ("klog", "code")]
    return coalesce(normal_level(coalesce(*words)), *letters)


def level_of_code(texts: Strings) -> Strings:
    """The level that the id of a message ends with, at the start of a text: ``AMQ9544E: `` is an ERROR."""
    if not occurs(texts, r"[A-Z]\d{4,6}[IWE]"):
        return no_level(len(texts))
    return letter_level(without(pc.struct_field(pc.extract_regex(texts, _CODE), "code"), ""))


def letter_level(texts: Strings) -> Strings:
    """The level that one capital letter stands for, with a digit or without (MongoDB's ``D1``); else null."""
    return by_value(texts, _letter) if texts.null_count < len(texts) else no_level(len(texts))


def _letter(texts: Strings) -> Strings:
    return _level_of_letter(pc.replace_substring_regex(texts, r"^([A-Z])\d?$", r"\1"))


def normal_or_letter(texts: Strings) -> Strings:
    """As `normal_level`, else as `letter_level`."""
    return by_value(texts, lambda values: coalesce(_normal(values), _letter(values)))


def name_level(texts: Strings) -> Strings:
    """As `normal_or_letter`, and the signs that loggers write at the start of a line."""
    return coalesce(normal_or_letter(texts), _level_of_sign(texts))


samba_level = lookup(
    {"0": "ERROR", "1": "WARN", "2": "INFO", "3": "INFO", **dict.fromkeys(map(str, range(4, 100)), "DEBUG")}
)
"""The level of Samba's debug level: https://wiki.samba.org/index.php/Configuring_Logging_on_a_Samba_Server"""

_WITH_MORE_THAN_VERBOSE = {"unreal_level": "Verbose", "npm": "verbose"}
"""Kinds of levels with one below what others call the lowest: then it is for debugging."""


def header_level(texts: Strings, kind: str = "") -> Strings:
    """As `name_level`, and syslog's numbers; of a kind of a layout if that says more."""
    levels = coalesce(name_level(texts), syslog_level(texts))
    verbose = _WITH_MORE_THAN_VERBOSE.get(kind)
    return choose(pc.equal(texts, verbose), "DEBUG", levels) if verbose else levels


_PLAIN = "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|EMERGENCY"


def plain_level(texts: Strings) -> Strings:
    """The level that a text is the full name of: for fields that may hold much else; else null."""
    return by_value(texts, lambda values: _normal(choose(matches(values, f"^(?i:{_PLAIN})$"), values, NO_STRING)))


def named_level(texts: Strings) -> Strings:
    """As `normal_level`, but of names alone, and PostgreSQL's ``LOG``."""
    return by_value(texts, _named)


def _named(texts: Strings) -> Strings:
    names = choose(matches(texts, r"^\d"), NO_STRING, texts)
    return _normal(choose(pc.equal(names, "LOG"), "INFO", names))


def topics_level(texts: Strings) -> Strings:
    """The most severe level of the words between commas: ``system,error,critical`` is FATAL."""
    words = ((level, "|".join(map(str.lower, _NAMES[level][:-1]))) for level in reversed([*_NAMES]))
    found = [choose(matches(texts, rf"(?:^|,)(?:{names})(?:,|$)"), level, NO_STRING) for level, names in words]
    return coalesce(*found)


def no_level(length: int) -> Strings:
    """Null for each."""
    return nulls(length, pa.string())
