"""The formats that a definition in the datasets file makes, by their names there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from loglake.kernels.formats.base import About, Format
from loglake.kernels.formats.imports import apache, grok, lnav, log4j, nginx, toml


@dataclass(frozen=True)
class Maker:
    """A kind of definitions.

    Attributes:
        make: the format of a definition; raises ConfigError if it is wrong.
        example: a definition.
        about: what the page of formats says; its example is an event of the example.
    """

    make: Callable[[str], Format]
    example: str
    about: About


MAKERS: Mapping[str, Maker] = {
    toml.ID: Maker(toml.toml_format, toml.EXAMPLE, toml.ABOUT),
    "grok": Maker(grok.grok_format, grok.EXAMPLE, grok.ABOUT),
    "nginx": Maker(nginx.nginx_format, nginx.EXAMPLE, nginx.ABOUT),
    "apache": Maker(apache.apache_format, apache.EXAMPLE, apache.ABOUT),
    "log4j": Maker(log4j.log4j_format, log4j.EXAMPLE, log4j.ABOUT),
    "lnav": Maker(lnav.lnav_format, lnav.EXAMPLE, lnav.ABOUT),
}
