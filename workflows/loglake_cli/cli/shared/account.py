"""The account of a command: its options, and the clients for them."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Callable, Optional

import typer
from botocore.exceptions import BotoCoreError

from loglake.aws import session
from loglake.errors import ConfigError

Deployed = Annotated[str, typer.Option("--prefix", help="The prefix of the deployment.", metavar="PREFIX")]
Profile = Annotated[
    Optional[str],
    typer.Option(help="The profile of the AWS credentials; by default that of the environment.", metavar="NAME"),
]
Region = Annotated[
    Optional[str],
    typer.Option(help="The Region of the deployment; by default that of the environment.", metavar="REGION"),
]


def clients_of(profile: str | None, region: str | None) -> Callable[[str], Any]:
    """Makes clients of a profile and Region, each once.

    Raises:
        ConfigError: there is no such profile, or no Region.
    """
    try:
        session.use(profile, region)
    except BotoCoreError as error:
        raise ConfigError(f"{error}: `aws configure list-profiles` has those that there are") from error
    made = cache(session.client)

    def client(service: str) -> Any:
        try:
            return made(service)
        except BotoCoreError as error:
            raise ConfigError(f"AWS can't be asked ({error}): give --region, or set AWS_REGION.") from error

    return client
