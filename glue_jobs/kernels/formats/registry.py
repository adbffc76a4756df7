"""All log formats by id, and which of them recognises an event."""

from __future__ import annotations

from collections.abc import Mapping

from glue_jobs.errors import ConfigError
from glue_jobs.kernels.formats.base import Format
from glue_jobs.kernels.formats.json_lines import JsonFormat
from glue_jobs.kernels.formats.lambda_logs import LambdaFormat
from glue_jobs.kernels.formats.text import TextFormat
from glue_jobs.kernels.formats.vpc_flow import VpcFlowFormat

_ALL: tuple[Format, ...] = (VpcFlowFormat(), LambdaFormat(), JsonFormat(), TextFormat())

FORMATS: Mapping[str, Format] = {each.id: each for each in _ALL}
"""In the order in which they are asked whether they recognise an event: the most particular first, text at last."""


def format_of(name: str) -> Format:
    """A format by its id.

    Raises:
        ConfigError: there is none of that name.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise ConfigError(f"there is no log format {name!r}: use one of {', '.join(FORMATS)}") from None
