"""The pytest plugin costs nothing if it is not used, and its page shows the files of the template project."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from loglake_cli.testing import plugin

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "docs" / "template-project"


def test_pytest_starts_without_what_the_fixtures_import() -> None:
    """Loading the plugin imports only the module and its packages, so starting pytest stays fast."""
    path = Path(str(plugin.__file__))
    for module in (path, path.parent / "__init__.py", path.parents[1] / "__init__.py"):
        for node in ast.parse(module.read_text()).body:
            if isinstance(node, ast.ImportFrom):
                assert str(node.module).split(".")[0] in sys.stdlib_module_names, module
            elif isinstance(node, ast.Import):
                assert [each.name for each in node.names] == ["pytest"], module


def test_the_page_shows_the_files_of_the_template_project() -> None:
    page = (ROOT / "docs" / "start" / "own-transformations.md").read_text("utf-8")
    shown = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", page, re.DOTALL))
    assert shown == {name: (TEMPLATE / name).read_text("utf-8") for name in shown}
    assert len(shown) == 4
