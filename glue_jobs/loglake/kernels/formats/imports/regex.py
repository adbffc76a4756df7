"""A team's own format: a regular expression in the datasets file; its named groups are the fields."""

from __future__ import annotations

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType
from loglake.errors import ConfigError
from loglake.kernels.arrow import Strings, pc
from loglake.kernels.formats.base import declared
from loglake.kernels.formats.levels import normal_level
from loglake.kernels.formats.objects.embedded import with_objects
from loglake.kernels.formats.shape import Shape, ShapedFormat, Shapes
from loglake.kernels.formats.text_fields import cut, least_type

_NO_FIELDS = ("message", "level")


class RegexFormat(ShapedFormat):
    """Events that contain a match of a pattern. Only ``^`` and ``$`` tie it to the event's start and end.

    The groups ``message`` and ``level`` become message and level, the level normalised. Every other group is a column,
    typed by the values in the sample: boolean, bigint, double, else string. An empty group is null.

    Raises:
        ConfigError: RE2, which reads the pattern, refuses it.
    """

    id = "regex"

    def __init__(self, pattern: str) -> None:
        try:
            pc.extract_regex(pa.array([""]), pattern)
        except pa.ArrowInvalid as error:
            raise ConfigError(
                f"pattern: {pattern!r} is read with RE2, which refuses it: {error}. RE2 has no look-around and no "
                "back-references, and each group needs a name: (?P<name>...), or (?:...) for one that is no field"
            ) from None
        super().__init__(self.id, Shapes((Shape(pattern),)))

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The groups that have values, with the least type that holds each of them exactly."""
        groups = cut(raw, self.shapes.shapes[0].pattern)
        there = [name for name, texts in groups.items() if name not in _NO_FIELDS and texts.null_count < len(texts)]
        fields = declared({name: InferredType(least_type(groups[name])) for name in there})
        if "message" not in groups:
            return fields
        return with_objects(fields, groups["message"], normal_level(groups["level"]) if "level" in groups else None)
