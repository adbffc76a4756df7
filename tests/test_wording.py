"""Commands that are printed for a person to paste."""

from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from loglake_cli.cli.app import app
from loglake_cli.wording import command

pytestmark = pytest.mark.unit


def test_names_are_quoted_and_options_follow() -> None:
    assert command("rerun") == "loglake rerun"
    assert command("rerun", "--log-group /app/shop", "") == "loglake rerun --log-group /app/shop"
    assert (
        command("export", "--from x", "--aws p", names=["/app/#1", "/b"])
        == "loglake export '/app/#1' /b --from x --aws p"
    )


def test_a_name_that_begins_with_a_dash_is_no_option() -> None:
    text = command("ignore", "--keep nowhere", names=["-/app"])
    assert text == "loglake ignore --keep nowhere -- -/app"
    done = CliRunner().invoke(app, shlex.split(text)[1:])
    assert "nowhere has no kept run" in done.stderr
