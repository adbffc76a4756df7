"""VPC flow logs in the default format, version 2: fourteen fields, one space between them, ``-`` for none."""

from __future__ import annotations

from collections.abc import Mapping

from glue_jobs.core.schema import ColumnType, FieldPath, Observed, TableSchema
from glue_jobs.kernels.arrow import Booleans, Strings, matches, without
from glue_jobs.kernels.formats.base import Parse, Parsed, declared, route
from glue_jobs.kernels.formats.levels import no_level
from glue_jobs.kernels.formats.text import TextFormat
from glue_jobs.kernels.formats.text_fields import cut, fill_columns

_NUMBER, _TEXT = Observed(ColumnType.BIGINT), Observed(ColumnType.STRING)

FIELDS: Mapping[str, Observed] = {
    "version": _NUMBER,
    "account-id": _TEXT,  # twelve digits, the first of which may be 0
    "interface-id": _TEXT,
    "srcaddr": _TEXT,
    "dstaddr": _TEXT,
    "srcport": _NUMBER,
    "dstport": _NUMBER,
    "protocol": _NUMBER,
    "packets": _NUMBER,
    "bytes": _NUMBER,
    "start": _NUMBER,
    "end": _NUMBER,
    "action": _TEXT,
    "log-status": _TEXT,
}


def _group(name: str) -> str:
    """RE2's groups have no dashes."""
    return name.replace("-", "_")


_NONE = "-"
_DIGITS = r"\d{1,19}|-"
_SHAPES = {
    "version": "2",
    "account-id": r"\d{12}|unknown|-",
    "action": "ACCEPT|REJECT|-",
    "log-status": "OK|NODATA|SKIPDATA",
}
_GROUPS = {
    name: f"(?P<{_group(name)}>{_SHAPES.get(name, _DIGITS if seen is _NUMBER else '[!-~]+')})"
    for name, seen in FIELDS.items()
}
_LINE = rf"^{' '.join(_GROUPS.values())}\s*$"


class VpcFlowFormat:
    """Lines such as ``2 123456789012 eni-0a1b 10.0.0.1 10.0.0.2 443 49152 6 20 4249 1418530010 1418530070 ACCEPT OK``.

    Flow logs in other formats are plain text here, since their fields can't be told from the line.
    """

    id = "vpc_flow"
    source = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html"

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is one record, of traffic (OK), NODATA or SKIPDATA."""
        return matches(raw, _LINE)

    def observe(self, raw: Strings) -> dict[FieldPath, Observed]:
        """All fourteen fields, by their AWS names."""
        return declared(FIELDS)

    def parser(self, schema: TableSchema) -> Parse:
        """``-`` is null; there is no level, and the message is the record."""

        def parse(raw: Strings) -> Parsed:
            groups = cut(raw, _LINE)
            texts: dict[FieldPath, Strings] = {(name,): without(groups[_group(name)], _NONE) for name in FIELDS}
            columns, rescued, count = fill_columns(len(raw), texts, schema)
            return Parsed(columns, raw, no_level(len(raw)), rescued, count)

        text = TextFormat().parser(schema)
        return lambda raw: route(raw, [(self.matches, parse)], text)
