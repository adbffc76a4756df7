"""Writes docs/reference/cli.md: every command with its options and examples, from the command line itself.

``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from infra.docs.template import DOCS, filled
from loglake_cli.cli.app import app
from loglake_cli.cli.shared.examples import EXAMPLES
from loglake_cli.cli.shared.lakes import TAKES
from loglake_cli.operations.lakes.lake import Kind

PAGE = DOCS / "reference" / "cli.md"


def render() -> str:
    """The page, as Markdown."""
    return filled(
        "commands.md",
        kinds=Kind,
        left_out=lambda kind: [name for name, kinds in TAKES.items() if kind not in kinds],
        commands=commands(get_command(app)),
        context_of=lambda name, command: typer.Context(command, info_name=f"loglake {name}"),
        paragraphs=_paragraphs,
        options=_options,
        examples=EXAMPLES,
    )


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each command by its name without `loglake`, in the order of use."""
    for each in group.commands:
        command, full = group.commands[each], f"{name} {each}".strip()
        if isinstance(command, TyperGroup):
            yield from commands(command, full)
        else:
            yield full, command


def _options(command: Any, context: typer.Context) -> list[tuple[str, str]]:
    """Name and help of each option."""
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    return [record for record in records if record and not record[0].startswith("--help")]


def _paragraphs(text: str) -> str:
    """Help with the line breaks of a terminal: the text after a line with a backspace keeps its lines."""
    parts = [part.strip("\n") for part in text.split("\n\n")]
    return "\n\n".join(
        "\n".join(f"    {line}" for line in part.removeprefix("\b\n").splitlines()) if part.startswith("\b") else part
        for part in parts
    )
