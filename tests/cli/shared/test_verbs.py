"""Commands take texts and values by default without pydantic, and check all others."""

from __future__ import annotations

import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import pytest
import typer
from typer.testing import CliRunner

from loglake_cli.cli.shared.verbs import Verb

pytestmark = pytest.mark.unit


class _Unit(Enum):
    DAY = "day"


_app = typer.Typer(add_completion=False)
_app.callback()(lambda: None)


@_app.command("take", cls=Verb)
def _take(
    text: str,
    *,
    count: Annotated[int, typer.Option(min=1)] = 1,
    ratio: float = 0.5,
    where: Path = Path(),
    unit: _Unit = _Unit.DAY,
    names: Annotated[Optional[list[str]], typer.Option("--name")] = None,  # noqa: UP045
    upper: Annotated[str, typer.Option(parser=str.upper)] = "a",
    there: Annotated[Optional[Path], typer.Option(exists=True)] = None,  # noqa: UP045
) -> None:
    print([text, count, ratio, str(where), unit.name, names, upper, there])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["x"], "['x', 1, 0.5, '.', 'DAY', None, 'A', None]"),
        (["7", "--count", "2", "--ratio", "1", "--unit", "day"], "['7', 2, 1.0, '.', 'DAY', None, 'A', None]"),
        (["x", "--where", "a/b", "--name", "c", "--name", "d"], "['x', 1, 0.5, 'a/b', 'DAY', ['c', 'd'], 'A', None]"),
        (["x", "--upper", "b", "--there", "/"], "['x', 1, 0.5, '.', 'DAY', None, 'B', PosixPath('/')]"),
    ],
)
def test_values_are_those_that_typer_gives(given: list[str], said: str) -> None:
    assert CliRunner().invoke(_app, ["take", *given]).output.strip() == said


@pytest.mark.parametrize("wrong", [["--count", "0"], ["--count", "x"], ["--unit", "year"], ["--there", "/no/such"]])
def test_what_does_not_fit_is_refused(wrong: list[str]) -> None:
    ended = CliRunner().invoke(_app, ["take", "x", *wrong])
    assert ended.exit_code == 2
    assert f"Invalid value for '{wrong[0]}'" in ended.output


def test_a_command_with_texts_alone_imports_no_pydantic() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from loglake_cli.cli.app import app; "
        "ended = CliRunner().invoke(app, ['convert', '/no/such', '/no/where', '--log-group', '/a']); "
        "print(ended.exit_code, 'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["2", "False"]
