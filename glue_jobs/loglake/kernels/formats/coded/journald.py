"""Entries of systemd's journal in its export format: a line ``KEY=value`` per field."""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, coalesce, matches, pc
from loglake.kernels.formats.base import TEXT, TIME, WHOLE, FieldTypes, Format, Parse, Sign, declared
from loglake.kernels.formats.levels import no_level, syslog_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.text_fields import fields_parser

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


class JournaldFormat(Format):
    """Entries as ``journalctl -o export`` writes them, ``__CURSOR=`` first. An entry with a binary field is text."""

    signs = (Sign("__CURSOR="),)
    id = "journald"
    fields, rare = FIELDS, RARE

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is one entry, with its cursor and its time, and without a binary field."""
        few = pc.less_equal(pc.count_substring(raw, "\n"), MAX_LINES)
        return pc.and_(pc.and_(few, matches(raw, _START)), matches(raw, _ENTRY))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the entries, in the order of first sight."""
        values = _values(raw) if len(raw) else {}
        types = {name: {**FIELDS, **RARE}.get(name, TEXT) for name in values if name != "MESSAGE"}
        return declared({**FIELDS, **types})

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message is that of the entry, else all of it."""

        def read(raw: Strings) -> tuple[dict[str, Strings], Strings, Strings]:
            values = _values(raw)
            level = syslog_level(values["PRIORITY"]) if "PRIORITY" in values else no_level(len(raw))
            return values, coalesce(values.pop("MESSAGE", raw), raw), level

        return fields_parser(schema, self.matches, read, rest)


def _values(raw: Strings) -> dict[str, Strings]:
    return keyed_values(pc.utf8_rtrim(raw, "\r\n"), r"\r?\n", "=")
