"""Each module of `core` can be imported by itself."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import loglake.core

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "name", [each.name for each in pkgutil.walk_packages(loglake.core.__path__, f"{loglake.core.__name__}.")]
)
def test_every_module_is_imported_and_says_what_it_is(name: str) -> None:
    """Most ports are imported for types only, so no other test would notice a broken one."""
    assert importlib.import_module(name).__doc__
