"""Fixtures of the conformance tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.gluelocal.glue_accounts import GlueAccount, Resources

Deploy = Callable[..., GlueAccount]


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deploy]:
    """Deploys resources into an empty account, which lives until the test ends."""
    with ExitStack() as undo:

        def made(*resources: Resources, **settings: Any) -> GlueAccount:
            together = {name: resource for some in resources for name, resource in some.items()}
            return undo.enter_context(GlueAccount(tmp_path, together, **settings))

        yield made
