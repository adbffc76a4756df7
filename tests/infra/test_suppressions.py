"""Each finding of checkov in a template is fixed, or suppressed with a reason. `make check-security` runs checkov."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.project_files import CLONE, DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

TEMPLATES = [*(stack.path for stack in ALL_STACKS), DEPLOYER_TEMPLATE]
FEWEST_WORDS = 8


def suppressed() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.name}: {name}", skip)
        for path in TEMPLATES
        for name, resource in load_yaml(path)["Resources"].items()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]


def test_each_suppression_has_a_reason() -> None:
    found = suppressed()
    assert found
    for where, skip in found:
        assert set(skip) == {"id", "comment"}, where
        assert re.fullmatch(r"CKV2?_AWS_\d+", skip["id"]), where
        assert len(skip["comment"].split()) >= FEWEST_WORDS, where
        assert skip["comment"].endswith("."), where


def test_nothing_is_suppressed_for_a_whole_template_or_in_a_comment() -> None:
    for path in TEMPLATES:
        assert "checkov:skip" not in path.read_text()
        assert "checkov" not in load_yaml(path).get("Metadata", {})


def test_all_templates_are_among_these() -> None:
    files = [path for folder in ("infra", "workflows") for path in (CLONE / folder).rglob("*.yaml")]
    assert {path for path in files if "\nResources:" in path.read_text()} == set(TEMPLATES)


def test_the_makefile_checks_all_templates() -> None:
    makefile = (CLONE / "Makefile").read_text().replace("\\\n", " ")
    found = re.search(r"^TEMPLATES := (.*)$", makefile, re.MULTILINE)
    assert found
    assert found[1].split() == [str(path.relative_to(CLONE)) for path in TEMPLATES]
