"""Entries of systemd's journal in its export format: a line ``KEY=value`` per field."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, pc
from loglake.kernels.formats.base import TEXT, Sign, types_in
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values, bounded
from loglake.kernels.formats.levels import no_level, syslog_level
from loglake.kernels.formats.pairs.keyed import keyed_values

RARE = types_in(
    "_SOURCE_REALTIME_TIMESTAMP:time __MONOTONIC_TIMESTAMP:whole __SEQNUM:whole _SOURCE_MONOTONIC_TIMESTAMP:whole "
    "PRIORITY:whole SYSLOG_FACILITY:whole _PID:whole _UID:whole _GID:whole CODE_LINE:whole ERRNO:whole"
)
"""Fields of the journal that are times and numbers; all others are text."""

MAX_LINES = 250

_LINE = r"[A-Z0-9_]+=[^\n]*"
_START = rf"^__CURSOR=[^\n]+\n(?:{_LINE}\n)*__REALTIME_TIMESTAMP=\d+\r?(?:\n|$)"
_ENTRY = rf"^__CURSOR=[^\n]+\n{_LINE}(?:\n{_LINE})*\s*$"


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    values = keyed_values(pc.utf8_rtrim(raw, "\r\n"), r"\r?\n", "=")
    level = syslog_level(values["PRIORITY"]) if "PRIORITY" in values else no_level(len(raw))
    return values, values.pop("MESSAGE", no_level(len(raw))), level


JOURNALD = FieldsFormat(
    id="journald",
    signs=(Sign("__CURSOR="),),
    is_own=bounded("\n", MAX_LINES, _START, _ENTRY),
    read=_read,
    fields=types_in("__CURSOR __REALTIME_TIMESTAMP:time"),
    rare=RARE,
    type_of=lambda _name, _texts: TEXT,
)
"""Entries as ``journalctl -o export`` writes them, ``__CURSOR=`` first. An entry with a binary field is text."""
