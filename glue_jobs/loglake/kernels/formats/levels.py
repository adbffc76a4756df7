"""One vocabulary for the severity of an event, whatever a logging library calls it."""

from __future__ import annotations

import pyarrow as pa

from loglake.kernels.arrow import Strings, nulls, pc

_NAMES = {
    "TRACE": "TRACE FINEST FINER VERBOSE SILLY TRCE 10",
    "DEBUG": "DEBUG FINE DBUG 20",
    "INFO": "INFO INFORMATION INFORMATIONAL NOTICE 30",
    "WARN": "WARN WARNING 40",
    "ERROR": "ERROR ERR SEVERE FAIL 50",
    "FATAL": "FATAL CRITICAL CRIT ALERT EMERGENCY EMERG PANIC 60",
}
"""Names of java.util.logging, log4j, Python, syslog, zap, winston, .NET; numbers of bunyan and pino."""

_KNOWN = {alias: level for level, aliases in _NAMES.items() for alias in aliases.split()}
_ALIASES = pa.array(list(_KNOWN))
_LEVELS = pa.array(list(_KNOWN.values()))

HEAD_CHARACTERS = 64
_WORD = r"(?:^|[\s\[\(|:])(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL)(?:$|[\s\]\)|:,])"


def normal_level(texts: Strings) -> Strings:
    """TRACE, DEBUG, INFO, WARN, ERROR or FATAL for any usual name or number of a level, in any case; else null."""
    unique = pc.unique(texts)
    names = pc.utf8_upper(pc.utf8_trim_whitespace(unique))
    levels = pc.take(_LEVELS, pc.index_in(names, _ALIASES))
    normal: Strings = pc.take(levels, pc.index_in(texts, unique))
    return normal


def level_in_text(raw: Strings) -> Strings:
    """The level that a text names among its first `HEAD_CHARACTERS`: a word of capitals, such as ``[ERROR]``."""
    heads = pc.utf8_slice_codeunits(raw, 0, HEAD_CHARACTERS)
    words = pc.struct_field(pc.extract_regex(heads, _WORD), "level")
    return normal_level(words)


def no_level(length: int) -> Strings:
    """Null for each."""
    return nulls(length, pa.string())
