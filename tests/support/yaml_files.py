"""Files of fixtures in YAML, each read once by a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""The first one takes an eighth of the time."""


@cache
def read_yaml(path: Path) -> Any:
    """What a file says. All callers get the same objects, so nobody may change them."""
    return yaml.load(path.read_text("utf-8"), _LOADER)
