"""The log of Linux's audit daemon: a type, when and which event, then pairs of key and value."""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, matches, pc
from loglake.kernels.formats.base import TEXT, WHOLE, FieldTypes, Format, Parse, Sign, declared
from loglake.kernels.formats.coded.syslog_details import Values, types_of
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.text_fields import beside, cut, fields_parser

FIELDS: FieldTypes = {"type": TEXT, "timestamp": TEXT, "serial": WHOLE}
RARE: FieldTypes = {"node": TEXT, "result": TEXT, "permission": TEXT}

_START = r"^(?:node=(?P<node>\S+) )?type=(?P<type>\S+) msg=audit\((?P<timestamp>\d+\.\d+):(?P<serial>\d+)\):"
_PATTERN = rf"{_START}(?: *avc: +(?P<result>\w+) +\{{ (?P<permission>[^{{}}]*) \}} for)?(?P<rest>(?s:.*))$"


class AuditFormat(Format):
    """Lines such as ``type=SYSCALL msg=audit(1795248000.123:17): arch=c000003e syscall=59 success=yes``.

    What a user's program says is at the end, as pairs between single quotes; these are fields too. An AVC of SELinux
    has its result and the permission before its pairs.
    """

    signs = (Sign("node=|type="),)
    id = "audit"
    fields, rare = FIELDS, RARE

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts as a record does."""
        return matches(raw, _START)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of every record, and those of the pairs."""
        if not len(raw):
            return {}
        values = _values(raw)
        there = {name: each for name, each in RARE.items() if values[name].null_count < len(raw)}
        pairs = {name: each for name, each in types_of(values).items() if name not in {*FIELDS, *RARE}}
        return declared({**FIELDS, **there, **pairs})

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message is the whole record."""
        return fields_parser(schema, self.matches, lambda raw: (_values(raw), raw, no_level(len(raw))), rest)


def _values(raw: Strings) -> Values:
    groups = cut(raw, _PATTERN)
    rest = pc.fill_null(groups.pop("rest"), "")
    # The names behind the group separator are the same values once more, for people to read.
    pairs = scattered_pairs(pc.replace_substring_regex(rest, r" msg='|'\s*$|\x1d", " "), fewest=1)
    return {**groups, **beside(pairs, groups)}
