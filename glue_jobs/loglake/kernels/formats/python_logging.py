"""What Python's ``logging`` writes: ``basicConfig``, the format of its tutorial, Flask's, and a common variant.

A traceback below the first line belongs to the message. Timestamps stay text: they have no zone.
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import InferredType
from loglake.kernels.formats.base import About
from loglake.kernels.formats.prefixes import REST, TEXT, LayoutsFormat

FIELDS: Mapping[str, InferredType] = {"timestamp": TEXT, "logger": TEXT, "module": TEXT}

_TIME = r"(?P<timestamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d{3})?)"
_LEVEL = r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)"
_NAME = r"(?P<logger>[\w.-]+)"

_SHAPES = (
    rf"^{_TIME} - (?P<logger>\S+) - {_LEVEL} - {REST}",
    rf"^{_LEVEL}:{_NAME}:{REST}",
    rf"^{_TIME} \[{_LEVEL}\] {_NAME}: {REST}",
    rf"^\[{_TIME}\] {_LEVEL} in (?P<module>\w+): {REST}",
)


class PythonFormat(LayoutsFormat):
    """Python's loggers: timestamp, logger, level, text."""

    shapes, fields = _SHAPES, FIELDS
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
