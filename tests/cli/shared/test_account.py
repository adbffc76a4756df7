"""The account that commands work in: the profile, the Region and the clients."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from support.deployments.operated import loglake

from loglake.errors import ConfigError
from loglake_cli.cli.shared.account import clients_of

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


def test_clients_are_of_the_profile_and_the_region_that_are_given() -> None:
    clients = clients_of("production", None)
    assert clients("sts").meta.region_name == "eu-west-3"
    assert clients("sts") is clients("sts")
    assert clients_of("production", "eu-west-1")("sts").meta.region_name == "eu-west-1"


@pytest.mark.parametrize("command", ["deploy", "destroy", "doctor", "cost", "init"])
def test_a_profile_that_is_not_there_is_named(command: str) -> None:
    with pytest.raises(ConfigError, match=r"\(prod\) could not be found: `aws configure list-profiles`"):
        clients_of("prod", None)
    done = loglake(command, "--profile", "prod")
    assert (done.exit_code, "list-profiles" in done.stderr) == (2, True)


def test_a_missing_region_is_named() -> None:
    with pytest.raises(ConfigError, match="give --region, or set AWS_REGION"):
        clients_of(None, None)("cloudformation")
