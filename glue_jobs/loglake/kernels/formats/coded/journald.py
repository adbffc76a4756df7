"""Entries of systemd's journal in its export format: a line ``KEY=value`` per field."""

from __future__ import annotations

from loglake.kernels.arrow import Booleans, Strings, matches, pc
from loglake.kernels.formats.base import TEXT, TIME, WHOLE, FieldTypes, Sign
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values
from loglake.kernels.formats.levels import no_level, syslog_level
from loglake.kernels.formats.pairs.keyed import keyed_values

FIELDS: FieldTypes = {"__CURSOR": TEXT, "__REALTIME_TIMESTAMP": TIME}
RARE: FieldTypes = {
    "_SOURCE_REALTIME_TIMESTAMP": TIME,
    **dict.fromkeys(("__MONOTONIC_TIMESTAMP", "__SEQNUM", "_SOURCE_MONOTONIC_TIMESTAMP"), WHOLE),
    **dict.fromkeys(("PRIORITY", "SYSLOG_FACILITY", "_PID", "_UID", "_GID", "CODE_LINE", "ERRNO"), WHOLE),
}
"""Fields of the journal that are times and numbers; all others are text."""

MAX_LINES = 250

_LINE = r"[A-Z0-9_]+=[^\n]*"
_START = rf"^__CURSOR=[^\n]+\n(?:{_LINE}\n)*__REALTIME_TIMESTAMP=\d+\r?(?:\n|$)"
_ENTRY = rf"^__CURSOR=[^\n]+\n{_LINE}(?:\n{_LINE})*\s*$"


def _is_entry(raw: Strings) -> Booleans:
    """Which events are one entry, with its cursor and its time, and without a binary field."""
    few = pc.less_equal(pc.count_substring(raw, "\n"), MAX_LINES)
    return pc.and_(pc.and_(few, matches(raw, _START)), matches(raw, _ENTRY))


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    values = keyed_values(pc.utf8_rtrim(raw, "\r\n"), r"\r?\n", "=")
    level = syslog_level(values["PRIORITY"]) if "PRIORITY" in values else no_level(len(raw))
    return values, values.pop("MESSAGE", no_level(len(raw))), level


JOURNALD = FieldsFormat(
    id="journald",
    signs=(Sign("__CURSOR="),),
    is_own=_is_entry,
    read=_read,
    fields=FIELDS,
    rare=RARE,
    type_of=lambda _name, _texts: TEXT,
)
"""Entries as ``journalctl -o export`` writes them, ``__CURSOR=`` first. An entry with a binary field is text."""
