"""docs/aws/first-deployment.md: its commands, parameters and permissions exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.cli.app import app
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.operations.doctor.checks.keys import key_statements
from loglake_cli.operations.doctor.expected import Names

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "aws" / "first-deployment.md").read_text("utf-8")
BY_NAME = {stack.name: load_yaml(stack.path) for stack in ALL_STACKS}


def block(mark: str) -> str:
    """The code block, or the table, after a comment."""
    found = re.search(rf"<!-- {re.escape(mark)} -->\n(?:```\w+\n(.*?)```|((?:\|[^\n]*\n)+))", PAGE, re.DOTALL)
    assert found
    return found[1] or found[2]


def test_each_command_of_the_page_is_one_that_there_is() -> None:
    lines = [line for text in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in text.splitlines()]
    lines += re.findall(r"`(loglake [^`]+)`", PAGE)
    commands = [shlex.split(line) for line in lines if line.startswith("loglake ")]
    assert len(commands) > 10
    for _, verb, *arguments in commands:
        command: Any = get_command(app).commands[verb]  # type: ignore[attr-defined]  # of a group
        while hasattr(command, "commands"):
            command = command.commands[arguments.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {each for each in arguments if each.startswith("--")} <= known, (verb, arguments)


def test_a_parameter_that_is_named_is_one_of_its_stacks() -> None:
    rows = [line.split("|")[1:3] for line in block("parameters").splitlines()[2:]]
    for names, stacks in rows:
        for name in re.findall(r"`(\w+)`", names):
            having = {stack for stack, template in BY_NAME.items() if name in template["Parameters"]}
            assert having == set(stacks.replace(" ", "").split(",")), name


def test_the_statements_for_a_key_are_those_that_doctor_checks() -> None:
    names = Names("ACCOUNT", "REGION", "aws", "", "PREFIX")
    always, delivering = (json.loads(block(mark)) for mark in ("key policy", "key policy of direct delivery"))
    assert always == key_statements(names, [])
    assert [*always, *delivering] == key_statements(names, ["NLB", "CloudTrail"])


SOURCES = {"documentation", "botocore", "cfn-lint", "MiniStack", "embedded AWS", "report", "nothing"}


def test_each_check_and_each_assumption_says_what_it_was_checked_against() -> None:
    assumed = PAGE[PAGE.index("| what is assumed |") :].split("\n\n")[0]
    cells = [line.split(" | ")[1] for line in block("checked").splitlines()[2:]]
    cells += [line.split(" | ")[2] for line in assumed.splitlines()[2:]]
    assert len(cells) > 40
    for cell in cells:
        assert set(cell.split(", ")) <= SOURCES, cell


def test_the_page_ends_with_what_only_a_real_account_can_confirm() -> None:
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert (headings[0], headings[-1]) == ("What to type", "What only a real account can confirm")
    table = PAGE.split("## What only a real account can confirm")[1]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    columns = "what is assumed, checks, what agrees with it, what to look at, what to do"
    assert all(len(row.split(" | ")) == 5 for row in rows), columns
