"""The command as a whole: its version, what it suggests for what is mistyped, and what a shell completes."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from support.worlds.operated import loglake
from typer.testing import CliRunner

from loglake_cli.cli.app import app
from loglake_cli.cli.verbs import EARLIER

pytestmark = pytest.mark.unit


def test_the_version_is_printed() -> None:
    done = loglake("--version")
    assert (done.exit_code, done.stdout) == (0, f"loglake {version('loglake')}\n")


def said(*arguments: str) -> str:
    """What bad usage gives, without the box that a terminal draws around it."""
    done = loglake(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("before", "now"),
    [("request", "export"), ("retry", "rerun"), ("replay", "rerun --quarantined"), ("dismiss", "ignore")],
)
def test_a_command_of_before_names_the_one_of_now(before: str, now: str) -> None:
    assert f"No such command '{before}'. Did you mean 'loglake {now}'?" in said(before, "--aws", "lake")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (("exprt",), "No such command 'exprt'. Did you mean 'export'?"),
        (("schema", "shwo"), "No such command 'shwo'. Did you mean 'show'?"),
        (("local", "urn"), "No such command 'urn'. Did you mean 'run'"),
        (("rerun", "--quarantine"), "No such option: --quarantine (Possible options: --quarantined)"),
        (("export", "/app/shop", "--fron", "-7d"), "No such option: --fron (Possible options: --from,"),
    ],
)
def test_what_is_mistyped_gets_a_suggestion(typed: tuple[str, ...], meant: str) -> None:
    assert meant in said(*typed)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("loglake re", ["rerun", "resume"]), ("loglake schema h", ["history"]), ("loglake rerun --q", ["--quarantined"])],
)
def test_a_shell_completes_commands_and_options(typed: str, completed: list[str]) -> None:
    words = {"_LOGLAKE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = CliRunner().invoke(app, [], prog_name="loglake", env=words)
    assert done.stdout.split() == completed


def test_help_has_each_command_once() -> None:
    shown = loglake("--help").stdout
    verbs = ["status", "export", "rerun", "accept", "ignore", "pause", "resume", "query", "convert", "schema", "local"]
    assert [verb for verb in verbs if shown.count(f"│ {verb} ") != 1] == []
    assert all(f"│ {before} " not in shown for before in EARLIER)
    assert "--install-completion" in shown
