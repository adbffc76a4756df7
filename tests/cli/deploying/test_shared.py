"""Clients, wheels and settings that the deploying commands find."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
import typer
from support.aws.checked_clients import CheckedClients

from loglake_cli.cli.deploying import shared
from loglake_cli.deploy.extra_wheels import NO_EXTRA_WHEELS

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _own_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new session, and a configuration with one profile."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    (tmp_path / "config").write_text(
        "[profile production]\nregion = eu-west-3\naws_access_key_id = testing\naws_secret_access_key = testing\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_an_embedded_aws_needs_no_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared, "downloaded_wheels", lambda: "downloaded")
    assert str(shared.extra_wheels(None)) == "downloaded"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert shared.extra_wheels(None) == NO_EXTRA_WHEELS
    monkeypatch.setattr(shared, "given_wheels", lambda _folder: "given")
    assert str(shared.extra_wheels(tmp_path)) == "given"


def test_nobody_is_there_to_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_question: str) -> bool:
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", nobody)
    assert shared.agreed("Deploy this?") is False


def test_the_fake_checks_what_it_answers() -> None:
    """Otherwise the other tests would prove nothing about calls."""
    clients = CheckedClients(lambda _: {"Stacks": "none"})
    with pytest.raises(Exception, match="Invalid type for parameter Stacks"):
        clients("cloudformation").describe_stacks()
    with pytest.raises(Exception, match="Unknown parameter in input"):
        clients("cloudformation").describe_stacks(Stack="x")
