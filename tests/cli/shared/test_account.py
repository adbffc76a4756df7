"""The account that commands work in: the profile, the Region and the clients."""

from __future__ import annotations

import pytest
from support.deployments.operated import loglake

from loglake.errors import ConfigError
from loglake_cli.cli.shared.account import clients_of

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("own_session")]


def test_clients_are_of_the_profile_and_the_region_that_are_given() -> None:
    clients = clients_of("production", None)
    assert clients("sts").meta.region_name == "eu-west-3"
    assert clients("sts") is clients("sts")
    assert clients_of("production", "eu-west-1")("sts").meta.region_name == "eu-west-1"


@pytest.mark.parametrize("command", ["deploy", "destroy", "doctor", "init"])
def test_a_profile_that_is_not_there_is_named(command: str) -> None:
    with pytest.raises(ConfigError, match=r"\(prod\) could not be found: `aws configure list-profiles`"):
        clients_of("prod", None)
    done = loglake(command, "--profile", "prod")
    assert (done.exit_code, "list-profiles" in done.stderr) == (2, True)


def test_a_missing_region_is_named() -> None:
    with pytest.raises(ConfigError, match="give --region, or set AWS_REGION"):
        clients_of(None, None)("cloudformation")
