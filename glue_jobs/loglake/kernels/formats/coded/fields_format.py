"""A format whose fields code reads out of many events at once, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings, contains, matches, no_mask, pc
from loglake.kernels.formats.base import FieldTypes, Format, Parse, Sign, declared, types_in
from loglake.kernels.formats.coded.texts import patterns_of, table_of
from loglake.kernels.formats.objects.trace_headers import pair_type
from loglake.kernels.formats.text_fields import REST, fields_parser

Values = dict[str, Strings]
"""By name of the field: arrays as long as the batch, null if an event has no such field."""

Read = Callable[[Strings], tuple[Values, Strings, Strings]]
TypeOf = Callable[[str, Strings], InferredType]


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
    read: Read
    signs: tuple[Sign, ...] = ()
    fields: FieldTypes = field(default_factory=dict)
    rare: FieldTypes = field(default_factory=dict)
    type_of: TypeOf = pair_type
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


def fields_format(name: str, read: Read, type_of: TypeOf = pair_type) -> FieldsFormat:
    """The format of a table in ``texts.toml``.

    Args:
        name: of the table.
        read: see `FieldsFormat`.
        type_of: see `FieldsFormat`.
    """
    table = table_of(name)
    sign = Sign(*table["signs"])

    def is_own(raw: Strings) -> Booleans:
        if sign.literal and not contains(raw, sign.literal):
            return pa.array(no_mask(len(raw)))
        mask: Booleans = pa.array(~no_mask(len(raw)))
        if "most" in table:
            often, most = table["most"]
            mask = pc.less_equal(pc.count_substring(raw, often), most)
        for pattern in patterns_of(name, "own"):
            mask = pc.and_(mask, matches(raw, pattern.removesuffix(REST)))
        return mask

    return FieldsFormat(
        id=name,
        is_own=is_own,
        read=read,
        signs=(sign,),
        fields=types_in(table["fields"]),
        rare=types_in(table.get("rare", "")),
        type_of=type_of,
        always=table.get("always", True),
    )


def with_values(fields: Mapping[str, Strings]) -> Values:
    """The fields that some event has."""
    return {name: texts for name, texts in fields.items() if texts.null_count < len(texts)}
