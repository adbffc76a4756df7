"""The templates in all Regions that cfn-lint knows, by its copy of the registries of resource types."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from gluelocal.cloudformation.resource_schemas import schema_of
from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.project_files import BUDGET_TEMPLATE, DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

TEMPLATES = [*(stack.path for stack in ALL_STACKS), DEPLOYER_TEMPLATE]
BUDGET = "AWS::Budgets::Budget"


@cache
def registries() -> dict[str, dict[str, Any]]:
    """The schemas of the templates' resource types that each Region has, by Region."""
    from cfnlint.helpers import REGIONS  # noqa: PLC0415 - takes a second, in each process
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415

    types = {item["Type"] for path in TEMPLATES for item in load_yaml(path)["Resources"].values()}
    known = {region: types & set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region)) for region in REGIONS}
    return {
        region: {name: PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, name).schema for name in sorted(names)}
        for region, names in known.items()
        if names
    }


def linted() -> list[str]:
    """The Regions that `make check` lints for."""
    makefile = (Path(__file__).parents[2] / "Makefile").read_text("utf-8")
    found = re.search(r"^REGIONS := (.+)$", makefile, re.MULTILINE)
    assert found
    return found[1].split()


def test_each_region_is_like_one_that_make_check_lints_for() -> None:
    """The same partition, and the same resource types with the same properties and values."""
    found = registries()
    assert len(found) > 40
    assert {"us-east-1", "eu-north-1", "us-gov-west-1", "cn-north-1"} <= set(found)
    alone = [{name: schema for name, schema in found[region].items() if name != BUDGET} for region in found]
    assert all(each == alone[0] for each in alone), "all but the budget is the same everywhere"
    assert len({str(each[BUDGET]) for each in found.values() if BUDGET in each}) == 1
    partition_of = boto3.Session().get_partition_for_region
    assert {partition_of(region) for region in found} == {partition_of(region) for region in linted()}


def test_only_the_budget_is_missing_somewhere_and_the_embedded_cloudformation_knows_where() -> None:
    without = {region for region, types in registries().items() if BUDGET not in types}
    assert {"eu-north-1", "eu-central-2", "us-gov-east-1", "us-gov-west-1"} <= without
    assert set(schema_of(BUDGET).lacking_in) == without
    assert [path for path in TEMPLATES if BUDGET in path.read_text("utf-8") and path != BUDGET_TEMPLATE] == []


def test_cfn_lint_has_nothing_to_say_not_even_for_information() -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--include-checks", "I"]
    command += ["--non-zero-exit-code", "informational", "--regions"]
    for regions, paths in (
        (linted(), [path for path in TEMPLATES if path != BUDGET_TEMPLATE]),
        ([region for region in linted() if BUDGET in registries()[region]], [BUDGET_TEMPLATE]),
    ):
        result = subprocess.run([*command, *regions, "--", *paths], capture_output=True, text=True, check=False)
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
