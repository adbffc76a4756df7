"""Writes docs/reference/cli.md: every command with its options and examples, from the command line itself.

``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from loglake_cli.cli.app import app
from loglake_cli.cli.shared.examples import EXAMPLES
from loglake_cli.cli.shared.lakes import TAKES
from loglake_cli.operations.lakes.lake import Kind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"

_INTRO = """\
<!-- Written by `make docs` from the commands in workflows/loglake_cli/cli. Change them, not this page. -->

# Commands

`loglake COMMAND --help` shows the same. `--quiet` (no progress) and `--verbose` (the traceback of an error, too) may
stand before and after each command. `loglake --install-completion` completes commands and options in your shell. If a
command takes long, it shows on stderr how far it is, how fast, and how much time is left: a bar on a terminal, else a
line every ten seconds.

`--lake LAKE` says which lake a command is about:

| LAKE | |
|---|---|
| `lake` | a folder that `loglake convert` wrote, or the folder of a local run |
| `s3://BUCKET/PREFIX` | what `loglake convert` wrote there |
| `aws:PREFIX` | a deployment, in the account of your credentials; `loglake local up` is `aws:loglake` |

Without it, it is the deployment that `loglake.yaml` in this folder names, in the Region that the file names; else the
last local run, in `.loglake/local`. The command says on stderr which lake it took.

%s
`init` and `deploy`, which make a deployment, name it by `--prefix`. `local run` and `local up` keep what they make in
the folder that `--lake` names.

A time is ISO 8601 in UTC, or `-7d`, `-12h`, `-30m`, `yesterday`, `today` or `now`. `-7d` and `-12h` are rounded down
to the hour.
"""


def render() -> str:
    """The page, as Markdown."""
    return "\n".join(
        [_INTRO % "".join(map(_taken, Kind)), *(_entry(name, command) for name, command in commands(get_command(app)))]
    )


def _taken(kind: Kind) -> str:
    """The commands that do not take a kind of lake."""
    names = [f"`{name}`" for name, kinds in TAKES.items() if kind not in kinds]
    return f"- Not for {kind.value}: {', '.join(names)}.\n" if names else ""


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each command by its name without `loglake`, in the order of use."""
    for each in group.commands:
        command, full = group.commands[each], f"{name} {each}".strip()
        if isinstance(command, TyperGroup):
            yield from commands(command, full)
        else:
            yield full, command


def _entry(name: str, command: Any) -> str:
    context = typer.Context(command, info_name=f"loglake {name}")
    usage = " ".join([f"loglake {name}", *command.collect_usage_pieces(context)])
    rows = list(_options(command, context))
    lines = [f"## `loglake {name}`\n", _paragraphs(command.help or ""), f"    {usage}\n"]
    if rows:
        lines += ["| option | |", "|---|---|", *rows, ""]
    examples = [f"    {line}" for line in EXAMPLES.get(name, ())]
    if examples:
        lines += ["Examples:\n", *examples, ""]
    return "\n".join(lines)


def _options(command: Any, context: typer.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and not record[0].startswith("--help"):
            name, text = (part.replace("|", "\\|") for part in record)
            yield f"| `{name.split(' <')[0]}` | {text} |"


def _paragraphs(text: str) -> str:
    """Help with the line breaks of a terminal: the text after a line with a backspace keeps its lines."""
    parts = [part.strip("\n") for part in text.split("\n\n")]
    return (
        "\n\n".join(
            "\n".join(f"    {line}" for line in part.removeprefix("\b\n").splitlines())
            if part.startswith("\b")
            else part
            for part in parts
        )
        + "\n"
    )
