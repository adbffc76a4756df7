"""The `loglake` command as a whole: version, suggestions for typing errors, and shell completion."""

from __future__ import annotations

import io
import re
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from support.deployments.operated import loglake
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from loglake_cli.cli.app import COMMANDS as LATER
from loglake_cli.cli.app import app
from loglake_cli.cli.shared.examples import EXAMPLES
from loglake_cli.cli.shared.lakes import TAKES
from loglake_cli.cli.shared.output import console
from loglake_cli.operations.lakes.lake import Kind

pytestmark = pytest.mark.unit


def all_commands(command: Any, name: str = "") -> dict[str, Any]:
    """Each command and group by its name without `loglake`."""
    found = {name: command}
    for each in command.commands if isinstance(command, TyperGroup) else ():
        found |= all_commands(command.commands[each], f"{name} {each}".strip())
    return found


COMMANDS = all_commands(get_command(app))


def test_the_version_is_printed() -> None:
    done = loglake("--version")
    assert (done.exit_code, done.stdout) == (0, f"loglake {version('loglake')}\n")


def said(*arguments: str) -> str:
    """The message about bad usage, without the box around it."""
    done = loglake(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("exprt",), "No such command 'exprt'. Did you mean 'export'?"),
        (("schema", "shwo"), "No such command 'shwo'. Did you mean 'show'?"),
        (("local", "urn"), "No such command 'urn'. Did you mean 'run'"),
        (("rerun", "--quarantine"), "No such option: --quarantine (Possible options: --quarantined"),
        (("export", "/app/shop", "--fron", "-7d"), "No such option: --fron (Possible options: --from,"),
    ],
)
def test_what_is_mistyped_gets_a_suggestion(typed: tuple[str, ...], meant: str) -> None:
    assert meant in said(*typed)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("loglake re", ["resume", "rerun"]),
        ("loglake schema v", ["violations"]),
        ("loglake rerun --qua", ["--quarantined"]),
    ],
)
def test_a_shell_completes_commands_and_options(typed: str, completed: list[str]) -> None:
    words = {"_LOGLAKE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = CliRunner().invoke(app, [], prog_name="loglake", env=words)
    assert done.stdout.split() == completed


def test_help_has_each_command_once_in_sections_in_the_order_of_use() -> None:
    shown = loglake("--help").stdout
    listed = re.findall(r"^(?:  ([a-z]+) {2,}\S|([A-Z][a-z ]+):$)", shown[shown.index("Bring in:") :], re.MULTILINE)
    names = [name for name, _ in listed if name]
    assert [section for _, section in listed if section] == ["Bring in", "Look", "Repair", "Deploy", "Examples"]
    assert names[:3] == ["local", "convert", "export"]
    assert sorted(names) == sorted(LATER)
    assert "--install-completion" in shown


def test_the_help_of_a_group_has_one_list_of_its_commands() -> None:
    assert loglake("schema", "--help").stdout.count("Commands:") == 1


@pytest.mark.parametrize("name", LATER)
def test_the_list_of_commands_has_the_first_sentence_of_each_help(name: str) -> None:
    assert COMMANDS[name].get_short_help_str(500) == LATER[name].sentence


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_fits_has_examples_and_names_no_type(name: str) -> None:
    shown = CliRunner().invoke(app, [*name.split(), "--help"], prog_name="loglake", env={"COLUMNS": "80"}).stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"^Examples:\n  loglake ", shown, re.MULTILINE)
    assert re.findall(r"<\w+|[{}]", shown) == []
    usage = shown.splitlines()[0].removeprefix(f"Usage: loglake {name}")
    assert [word for word in re.findall(r"[A-Za-z]{3,}", usage) if word != word.upper()] == []
    if not isinstance(COMMANDS[name], TyperGroup):
        assert "--json" in shown


@pytest.mark.parametrize("example", [line for lines in EXAMPLES.values() for line in lines])
def test_an_example_is_a_command_that_parses(example: str) -> None:
    program, *words = shlex.split(example)
    assert program == "loglake"
    command: Any = get_command(app)
    context = None
    while isinstance(command, TyperGroup):
        context = command.make_context("loglake", words[:1], parent=context)
        command = command.commands[words.pop(0)]
    assert command.make_context(command.name, words, parent=context).params


OPTIONS = {
    name: {option: each for each in command.params if each.param_type_name == "option" for option in each.opts}
    for name, command in COMMANDS.items()
}


def test_commands_and_options_are_few() -> None:
    assert len(LATER) <= 23  # decision 44
    assert sum(map(len, OPTIONS.values())) <= 162


def test_an_option_means_the_same_in_each_command() -> None:
    values: dict[str, set[str | None]] = {}
    for options in OPTIONS.values():
        for option, each in options.items():
            values.setdefault(option, set()).add(each.metavar)
    assert {option: found for option, found in values.items() if len(found) > 1} == {
        "--into": {"DIR", "FILE"},
        "--lake": {"DIR", "LAKE"},
        "--log-group": {"NAME", "PATTERN"},
    }


def test_the_help_of_lake_says_which_lakes_a_command_takes() -> None:
    takes = {name: options["--lake"].help for name, options in OPTIONS.items() if "--lake" in options}
    assert len(takes) > 15
    for name, text in takes.items():
        if not name.startswith("local "):
            kinds = TAKES.get(name, tuple(Kind))
            named = {Kind.CONVERTED: "loglake convert", Kind.RUN: "of a local run", Kind.DEPLOYED: "aws:PREFIX"}
            assert {kind for kind, words in named.items() if words in text} == {*kinds}, name


@pytest.mark.parametrize(
    "name",
    [*["accept", "convert", "deploy", "destroy", "export", "ignore", "init", "pause", "rerun", "resume"], "schema set"],
)
def test_what_changes_something_can_be_tried_first(name: str) -> None:
    assert "--dry-run" in OPTIONS[name]


def test_each_example_is_of_a_command_that_there_is() -> None:
    assert {*EXAMPLES} - {*COMMANDS} == set()
    for verb, lines in EXAMPLES.items():
        assert [line for line in lines if not line.startswith(f"loglake {verb}".strip())] == []


def test_verbose_prints_the_traceback_of_an_error_after_its_sentence(tmp_path: Path) -> None:
    plain = loglake("status", "--lake", str(tmp_path))
    assert (plain.exit_code, "Traceback" in plain.stderr) == (2, False)
    for arguments in (
        ("status", "--lake", str(tmp_path), "--verbose"),
        ("--verbose", "status", "--lake", str(tmp_path)),
    ):
        verbose = loglake(*arguments)
        assert verbose.exit_code == 2
        assert verbose.stderr.startswith(plain.stderr)
        assert re.search(r"^Traceback .*ConfigError: ", verbose.stderr[len(plain.stderr) :], re.DOTALL)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured, plain = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdout", coloured)
    console().print(Text("x", style="red"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", plain)
    console().print(Text("x", style="red"))
    assert (coloured.getvalue(), plain.getvalue()) == ("\x1b[31mx\x1b[0m\n", "x\n")
