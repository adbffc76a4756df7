"""A team's own format in loglake's notation: the table of a file, or of the datasets file itself."""

from __future__ import annotations

import json
from dataclasses import replace

from loglake.errors import ConfigError
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.definitions import Definition, checked, format_in, read_definitions
from loglake.kernels.formats.imports.shapes import with_all_fields
from loglake.kernels.formats.json_kinds import ObjectFormat
from loglake.kernels.formats.notation import KINDS_OF_ALL
from loglake.kernels.formats.shape import ShapedFormat

ID = "toml"


def toml_format(text: str) -> Format:
    """The format of a definition in TOML, or in JSON as a datasets file has it.

    Its columns are all fields of all its texts, so that every batch of events gives the same.

    Raises:
        ConfigError: the text is no definition, or has several.
    """
    own_format = _of_json(text) if text.lstrip().startswith("{") else _of_toml(text)
    if isinstance(own_format, ObjectFormat):
        return replace(own_format, id=ID, texts={})
    shapes = with_all_fields(own_format.shapes.shapes)
    return ShapedFormat(ID, replace(shapes, columns=own_format.shapes.columns or shapes.columns))


def _of_json(text: str) -> ShapedFormat | ObjectFormat:
    try:
        return checked(Definition("format", json.loads(text), KINDS_OF_ALL))
    except ConfigError as error:
        raise ConfigError(f"format.{error}") from None


def _of_toml(text: str) -> ShapedFormat | ObjectFormat:
    definitions = [*read_definitions(text, "file").values()]
    if len(definitions) != 1:
        raise ConfigError(f"file: expected one table such as [shop] with a format, and it has {len(definitions)}")
    return format_in(text, definitions[0], "file")
