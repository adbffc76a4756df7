"""docs/aws/operations.md: its commands parse, its links work, and it has each alarm of the template."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.cli.app import app
from loglake_cli.project_files import MONITORING_TEMPLATE

pytestmark = pytest.mark.infra

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "aws" / "operations.md").read_text("utf-8")


def commands() -> list[str]:
    """Each different `loglake …` command of the page, in blocks and sentences."""
    blocks = [line.strip() for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
    inline = re.findall(r"`(loglake [^`]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
    return sorted({line for line in [*blocks, *inline] if line.startswith("loglake ")})


COMMAND: Any = get_command(app)


@pytest.mark.parametrize("line", commands())
def test_a_command_parses(line: str) -> None:
    words, command = shlex.split(line)[1:], COMMAND
    if words == ["--version"]:
        return
    context = None
    while isinstance(command, TyperGroup):
        context = command.make_context("loglake", words[:1], parent=context)
        command = command.commands[words.pop(0)]
    assert command.make_context(command.name, words, parent=context).params


def test_the_commands_of_a_teams_life_are_there() -> None:
    verbs = {line.split()[1] for line in commands()}
    assert verbs >= {"cost", "deploy", "destroy", "doctor", "export", "pause", "rerun", "resume", "status", "verify"}


def watching() -> dict[str, str]:
    """The sources of mails by their names there: alarms, and rules for Glue's events."""
    found = {}
    for name, resource in load_yaml(MONITORING_TEMPLATE)["Resources"].items():
        kind, properties = resource["Type"], resource["Properties"]
        if kind in {"AWS::CloudWatch::Alarm", "AWS::Events::Rule"}:
            found[name] = str(properties.get("AlarmName") or properties["Name"])  # a function with the prefix in it
    return found


WATCHING = watching()


@pytest.mark.parametrize("resource", WATCHING)
def test_each_alarm_has_a_row_with_what_to_type(resource: str) -> None:
    found = re.search(r"\$\{Prefix\}(-[a-z-]+)", WATCHING[resource])
    assert found, WATCHING[resource]
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| `loglake{found[1]}` |")]
    assert len(rows) == 1
    _, _, meaning, typed, what_to_do, _ = rows[0].split("|")
    assert meaning.strip().endswith(".")
    assert re.fullmatch(r"`(loglake|aws) [^`]+`", typed.strip())
    assert what_to_do.strip().endswith(".")


def test_no_row_is_of_an_alarm_that_is_gone() -> None:
    rows = re.findall(r"^\| `loglake(-[a-z-]+)` \|", PAGE, re.MULTILINE)
    suffixes = [match[1] for text in WATCHING.values() if (match := re.search(r"\$\{Prefix\}(-[a-z-]+)", text))]
    assert sorted(rows) == sorted(suffixes)


def test_links_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z -]", "", text.lower()).replace(" ", "-") for text in re.findall(r"^## (.+)$", PAGE, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in headings
        else:
            assert (ROOT / "docs" / "aws" / target.partition("#")[0]).exists(), target


def test_nobodys_key_policy_misses_who_publishes_alarms() -> None:
    """The template's description sends people who encrypt the topic to this page."""
    for service in ("cloudwatch", "events", "budgets"):
        assert f'"{service}.amazonaws.com"' in PAGE
    assert "docs/aws/operations.md" in MONITORING_TEMPLATE.read_text("utf-8")
