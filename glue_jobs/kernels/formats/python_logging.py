"""What Python's ``logging`` writes: ``basicConfig``, the format of its tutorial, Flask's, and a common variant.

A traceback below the first line belongs to the message. Stamps stay text: they have no zone.
"""

from __future__ import annotations

from collections.abc import Mapping

from glue_jobs.core.schema import FieldPath, Observed, TableSchema
from glue_jobs.kernels.arrow import Booleans, Strings
from glue_jobs.kernels.formats.base import About, Parse
from glue_jobs.kernels.formats.prefixes import REST, TEXT, fields_of, looks_like, shapes_parser

FIELDS: Mapping[str, Observed] = {"timestamp": TEXT, "logger": TEXT, "module": TEXT}

_TIME = r"(?P<timestamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})?)"
_LEVEL = r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)"
_NAME = r"(?P<logger>[\w.-]+)"

_SHAPES = (
    rf"^{_TIME} - (?P<logger>\S+) - {_LEVEL} - {REST}",
    rf"^{_LEVEL}:{_NAME}:{REST}",
    rf"^{_TIME} \[{_LEVEL}\] {_NAME}: {REST}",
    rf"^\[{_TIME}\] {_LEVEL} in (?P<module>\w+): {REST}",
)


class PythonFormat:
    """Python's loggers: stamp, logger, level, text."""

    id = "python"
    source = "https://docs.python.org/3/howto/logging.html"
    about = About(
        title="Python's logging, in the layouts of its documentation, of Flask, and a common variant",
        detection=(
            "A level of Python's in capitals and a logger's or a module's name, with the punctuation of one "
            "of these layouts."
        ),
        level="The level.",
        example="2026-11-21 08:00:00,123 - shop.orders - WARNING - stock is low",
        rare=FIELDS,
        note="The fields of a JSON object that is the message, too.",
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with one of the layouts."""
        return looks_like(raw, _SHAPES)

    def observe(self, raw: Strings) -> dict[FieldPath, Observed]:
        """The fields of the layouts that are there."""
        return fields_of(raw, _SHAPES, FIELDS)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The message starts behind the prefix."""
        return shapes_parser(schema, _SHAPES, rest=rest)
