"""The account that commands work in: the profile, the Region and the clients."""

from __future__ import annotations

import pytest
from support.deployments.operated import loglake

from loglake.errors import ConfigError
from loglake_cli.cli.shared.account import clients_of

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("own_session")]


def test_clients_are_of_the_profile_of_the_environment_and_of_the_region_that_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    clients = clients_of()
    assert clients("sts").meta.region_name == "eu-west-3"
    assert clients("sts") is clients("sts")
    assert clients_of("eu-west-1")("sts").meta.region_name == "eu-west-1"


@pytest.mark.parametrize("command", ["deploy", "destroy", "doctor", "init"])
def test_a_profile_that_is_not_there_is_named(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "prod")
    done = loglake(command, *(("--lake", "aws:lake") if command in {"destroy", "doctor"} else ()))
    assert (done.exit_code, "(prod) could not be found" in done.stderr, "list-profiles" in done.stderr) == (
        2,
        True,
        True,
    )


def test_a_missing_region_is_named() -> None:
    with pytest.raises(ConfigError, match="set AWS_REGION"):
        clients_of()("cloudformation")
