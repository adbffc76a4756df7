"""docs/development.md: the files and folders that it names exist."""

from __future__ import annotations

import re

import pytest
from support.pages import DOCS, ROOT

pytestmark = pytest.mark.infra

PAGE = (DOCS / "development.md").read_text("utf-8")


def test_each_file_and_folder_of_the_code_is_there() -> None:
    """The page may leave out the start of a path."""
    roots = [ROOT / name for name in ("glue_jobs", "workflows", "infra", "tests")]
    code = [*roots, *(path for root in roots for path in root.rglob("*"))]
    there = [f"/{path.relative_to(ROOT).as_posix()}{'/' if path.is_dir() else ''}" for path in code]
    named = re.findall(r"`((?:[a-z_0-9]+/)*[a-z_0-9]+(?:\.py|\.yaml|/))`", PAGE)
    named = [path for path in named if path not in {"requests/", "catalog/", "handled/", "staging/"}]  # of buckets
    assert len(named) > 30
    assert [path for path in named if not any(each.endswith(f"/{path}") for each in there)] == []
