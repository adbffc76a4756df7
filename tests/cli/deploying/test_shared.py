"""Clients, wheels and settings that the deploying commands find."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.aws.checked_clients import CheckedClients

from loglake_cli.cli.deploying import shared
from loglake_cli.deploy.extra_wheels import NO_EXTRA_WHEELS

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("own_session")]


def test_an_embedded_aws_needs_no_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared, "downloaded_wheels", lambda: "downloaded")
    assert str(shared.extra_wheels(None)) == "downloaded"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert shared.extra_wheels(None) == NO_EXTRA_WHEELS
    monkeypatch.setattr(shared, "given_wheels", lambda _folder: "given")
    assert str(shared.extra_wheels(tmp_path)) == "given"


def test_the_fake_checks_what_it_answers() -> None:
    """Otherwise the other tests would prove nothing about calls."""
    clients = CheckedClients(lambda _: {"Stacks": "none"})
    with pytest.raises(Exception, match="Invalid type for parameter Stacks"):
        clients("cloudformation").describe_stacks()
    with pytest.raises(Exception, match="Unknown parameter in input"):
        clients("cloudformation").describe_stacks(Stack="x")
