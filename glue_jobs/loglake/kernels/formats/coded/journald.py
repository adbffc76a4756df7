"""Entries of systemd's journal in its export format: a line ``KEY=value`` per field."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, pc
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.coded.fields_format import Values, fields_format
from loglake.kernels.formats.levels import no_level, syslog_level
from loglake.kernels.formats.pairs.keyed import keyed_values


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    values = keyed_values(pc.utf8_rtrim(raw, "\r\n"), r"\r?\n", "=")
    level = syslog_level(values["PRIORITY"]) if "PRIORITY" in values else no_level(len(raw))
    return values, values.pop("MESSAGE", no_level(len(raw))), level


JOURNALD = fields_format("journald", _read, lambda _name, _texts: TEXT)
"""Entries as ``journalctl -o export`` writes them, ``__CURSOR=`` first. An entry with a binary field is text."""
