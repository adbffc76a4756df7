"""A newcomer sees all files of a folder at a glance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[2]
MANY_FILES = {"fixtures", "formats"}
"""Below these, each file is one more of a kind."""


@pytest.mark.parametrize("root", ["glue_jobs", "workflows", "tests"])
def test_a_folder_has_at_most_20_files(root: str) -> None:
    paths = [path.relative_to(ROOT) for path in (ROOT / root).rglob("*") if path.is_file()]
    sources = [path for path in paths if not any(part.startswith((".", "__pycache__")) for part in path.parts)]
    counts = Counter(path.parent.as_posix() for path in sources if not MANY_FILES & set(path.parts))
    assert counts
    assert {folder: count for folder, count in counts.items() if count > 20} == {}, "split these by meaning"
