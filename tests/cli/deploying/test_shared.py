"""Clients, wheels and settings that the deploying commands find."""

from __future__ import annotations

import pytest
from support.aws.checked_clients import CheckedClients

from loglake_cli.cli.deploying import shared
from loglake_cli.deploy.packaged_files import NO_EXTRA_WHEELS

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("own_session")]


def test_an_embedded_aws_needs_no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "downloaded_wheels", lambda: "downloaded")
    assert str(shared.extra_wheels()) == "downloaded"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert shared.extra_wheels() == NO_EXTRA_WHEELS


def test_the_fake_checks_what_it_answers() -> None:
    """Otherwise the other tests would prove nothing about calls."""
    clients = CheckedClients(lambda _: {"Stacks": "none"})
    with pytest.raises(Exception, match="Invalid type for parameter Stacks"):
        clients("cloudformation").describe_stacks()
    with pytest.raises(Exception, match="Unknown parameter in input"):
        clients("cloudformation").describe_stacks(Stack="x")
