"""Commands that are printed to be pasted."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loglake_cli.cli.app import app
from loglake_cli.wording import command, program

pytestmark = pytest.mark.unit


def test_names_are_quoted_and_options_follow() -> None:
    assert command("rerun") == "loglake rerun"
    assert command("rerun", "--log-group /app/shop", "") == "loglake rerun --log-group /app/shop"
    assert (
        command("export", "--from x", "--lake aws:p", names=["/app/#1", "/b"])
        == "loglake export '/app/#1' /b --from x --lake aws:p"
    )


def test_a_name_that_begins_with_a_dash_is_no_option() -> None:
    text = command("ignore", "--lake nowhere", names=["-/app"])
    assert text == "loglake ignore --lake nowhere -- -/app"
    done = CliRunner().invoke(app, shlex.split(text)[1:])
    assert "there is no folder" in done.stderr


def test_the_program_is_named_as_it_starts_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "a clone" / ".venv" / "bin" / "loglake"
    own.parent.mkdir(parents=True)
    own.touch(0o755)
    monkeypatch.setattr("sys.executable", str(own.with_name("python")))
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path / "a clone")
    assert command("query", names=["SELECT 1"], start=program()) == ".venv/bin/loglake query 'SELECT 1'"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert program() == f"'{own}'"
    monkeypatch.setenv("PATH", str(own.parent))
    assert program() == "loglake"
