"""The order of the stacks, and how outputs become parameters."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gluelocal.templates.template_yaml import load_yaml
from loglake.errors import ConfigError
from loglake_cli.deploy.stacks import ALL_STACKS, EXTRA_STACKS, STACKS, parameters_for

pytestmark = pytest.mark.infra

DECLARED: dict[str, dict[str, Any]] = {
    "Prefix": {"Type": "String", "Default": "loglake"},
    "RawBucket": {"Type": "String"},
    "LakeBucket": {"Type": "String"},
}


def test_the_order_is_that_of_the_design() -> None:
    assert [stack.name for stack in STACKS] == ["storage", "access", "log-lake", "events"]
    assert [stack.name for stack in EXTRA_STACKS] == ["query", "streaming", "monitoring", "budget"]
    assert [stack.name for stack in ALL_STACKS if stack.optional] == ["streaming", "budget"]
    assert all(stack.path.is_file() for stack in ALL_STACKS)


def test_any_extra_stack_can_be_left_out() -> None:
    """A parameter that comes from another optional stack has a default."""
    outputs = {name for stack in STACKS for name in load_yaml(stack.path)["Outputs"]}
    for stack in EXTRA_STACKS:
        needed = {name for name, one in load_yaml(stack.path)["Parameters"].items() if "Default" not in one}
        assert needed <= outputs, stack.name


def test_cloudformation_takes_the_names_of_the_stacks() -> None:
    names = [stack.stack_name("loglake") for stack in ALL_STACKS]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", name) for name in names)  # CreateStack, StackName


def test_outputs_become_parameters_by_name_and_what_nobody_declared_stays_out() -> None:
    outputs = {"RawBucket": "raw", "LakeBucket": "lake", "LedgerTable": "ledger"}
    assert parameters_for(DECLARED, {}, outputs) == {"RawBucket": "raw", "LakeBucket": "lake"}


def test_what_a_person_gives_wins_over_outputs_and_defaults() -> None:
    given = {"Prefix": "mine", "RawBucket": "other"}
    assert parameters_for(DECLARED, given, {"RawBucket": "raw", "LakeBucket": "lake"}) == {
        "Prefix": "mine",
        "RawBucket": "other",
        "LakeBucket": "lake",
    }


def test_a_parameter_that_nobody_gives_is_an_error_that_names_it() -> None:
    with pytest.raises(ConfigError, match=r"no value for RawBucket, LakeBucket: .* access, log-lake, events, query"):
        parameters_for(DECLARED, {"Prefix": "mine"}, {})


def test_no_two_stacks_put_out_the_same_name() -> None:
    names = [name for stack in ALL_STACKS for name in load_yaml(stack.path)["Outputs"]]
    assert len(names) == len(set(names))


def test_a_parameter_of_several_stacks_means_the_same_in_all() -> None:
    """The stacks deploy one by one, so different defaults would give names that don't match."""
    definitions: dict[str, set[str]] = {}
    for stack in ALL_STACKS:
        for name, definition in load_yaml(stack.path)["Parameters"].items():
            default = str(definition.get("Default"))
            definitions.setdefault(name, set()).add(
                f"{definition['Type']} {default} {definition.get('AllowedPattern')}"
            )
    assert {name: found for name, found in definitions.items() if len(found) > 1} == {}
