"""A format whose fields code reads out of many events at once, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Callable

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, matches, pc
from loglake.kernels.formats.base import FieldTypes, Format, Parse, Sign, declared
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.text_fields import fields_parser

Values = dict[str, Strings]
"""By name of the field: arrays as long as the batch, null if an event has no such field."""


@dataclass(eq=False)
class FieldsFormat(Format):
    """Events with the same fields, and with others that their own text names.

    Attributes:
        is_own: which events look like this format.
        read: their fields, their messages and their levels.
        type_of: the type of a field that is neither in `fields` nor in `rare`.
        always: whether a table has the fields of all events even if its sample has none of the events.
        id, signs, fields, rare: see `Format`.
    """

    id: str
    is_own: Callable[[Strings], Booleans]
    read: Callable[[Strings], tuple[Values, Strings, Strings]]
    signs: tuple[Sign, ...] = ()
    fields: FieldTypes = field(default_factory=dict)
    rare: FieldTypes = field(default_factory=dict)
    type_of: Callable[[str, Strings], InferredType] = pair_type
    always: bool = True

    def matches(self, raw: Strings) -> Booleans:
        """See `is_own`."""
        return self.is_own(raw)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of every event, and those that these have beside them."""
        if not len(raw):
            return declared(self.fields) if self.always else {}
        known, (values, *_) = {**self.fields, **self.rare}, self.read(raw)
        seen = {name: known[name] if name in known else self.type_of(name, texts) for name, texts in values.items()}
        return declared({**self.fields, **seen})

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `fields_parser`."""
        return fields_parser(schema, self.is_own, self.read, rest)


def bounded(sign: str, most: int, *patterns: str) -> Callable[[Strings], Booleans]:
    """A test whether events have all patterns, and a sign at most so often: each may mean a field."""

    def is_own(raw: Strings) -> Booleans:
        mask = pc.less_equal(pc.count_substring(raw, sign), most)
        for pattern in patterns:
            mask = pc.and_(mask, matches(raw, pattern))
        return mask

    return is_own


def with_values(fields: Mapping[str, Strings]) -> Values:
    """The fields that some event has."""
    return {name: texts for name, texts in fields.items() if texts.null_count < len(texts)}
