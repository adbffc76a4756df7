"""What the page of formats says of the formats that have code: the texts of ``about.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import tomllib

from loglake.kernels.formats.base import About, FieldTypes

TEXTS = ("title", "source", "detection", "level_from", "example", "note")
"""The keys, in the order of `About`."""


def described(name: str, fields: FieldTypes | None = None, rare: FieldTypes | None = None) -> About:
    """A format's description, with the fields that its code knows."""
    return described_by(_texts()[name], fields or {}, rare or {})


def described_by(texts: Mapping[str, str], fields: FieldTypes, rare: FieldTypes) -> About:
    """A description of the texts that definitions have, too."""
    title, source, detection, level, example, note = (texts.get(key, "") for key in TEXTS)
    return About(title, source, detection, level or "None.", example, fields, rare, note)


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((resources.files(__package__) / "about.toml").read_text("utf-8"))
