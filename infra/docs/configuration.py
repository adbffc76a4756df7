"""Writes docs/reference/configuration.md: the keys of datasets.yaml and the templates' parameters, from these files.

``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gluelocal.templates.template_yaml import load_yaml
from infra.docs.template import DOCS, filled
from loglake.config import CONVERT_SETTINGS, EXPORT_SETTINGS
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.stacks import ALL_STACKS, EXTRA_STACKS, StackTemplate
from loglake_cli.operations.deploying.blueprints import read_blueprints
from loglake_cli.operations.deploying.proposal import settings_text
from loglake_cli.project_files import DATASETS_FILE, LOG_LAKE_TEMPLATE

PAGE = DOCS / "reference" / "configuration.md"


def render() -> str:
    """The page, as Markdown."""
    header, example = DATASETS_FILE.read_text("utf-8").split("\ndatasets:\n")
    return filled(
        "configuration.md",
        keys=_keys_of(header),
        example=example,
        settings=_settings(),
        stacks=ALL_STACKS,
        optional=EXTRA_STACKS,
        parameters=_parameters,
        linked=_linked,
        jobs={"export-logs": EXPORT_SETTINGS, "convert-logs": CONVERT_SETTINGS},
        template=LOG_LAKE_TEMPLATE.read_text("utf-8"),
    )


def _keys_of(header: str) -> Iterator[tuple[str, str]]:
    """Each key that the comment at the head of the datasets file describes, with its description on one line."""
    for name, text in re.findall(r"^#   (\w+) +(.*(?:\n#    .*)*)", header, re.MULTILINE):
        yield name, _linked(re.sub(r"\n# +", " ", text))


def _settings() -> str:
    """The settings file up to its parameters; these have their own table."""
    place = Place("123456789012", "eu-west-1", "aws", "arn:aws:iam::123456789012:user/you")
    optional = [stack.name for stack in EXTRA_STACKS]
    text = settings_text(
        place,
        "loglake",
        "datasets.yaml",
        read_blueprints(ALL_STACKS),
        optional=optional,
        log_groups=25,
        gb_per_day=10.0,
    )
    return text.partition("\n\n  # storage")[0] + "\n"


def _parameters(stack: StackTemplate) -> list[tuple[str, Mapping[str, Any]]]:
    """The parameters of a stack that have a default."""
    declared: Mapping[str, Mapping[str, Any]] = load_yaml(stack.path).get("Parameters", {})
    return [(name, definition) for name, definition in declared.items() if "Default" in definition]


def _linked(text: str) -> str:
    """On one line, with a link for each page that it names by its path."""
    return re.sub(r"docs/(\w+/)([\w-]+\.md)", r"[\2](../\1\2)", " ".join(text.split()))
