"""The account of a command: the clients for it."""

from __future__ import annotations

from functools import cache
from typing import Any, Callable

from botocore.exceptions import BotoCoreError

from loglake.aws import session
from loglake.errors import ConfigError


def clients_of(region: str = "") -> Callable[[str], Any]:
    """Makes clients of the environment's credentials, each once.

    Args:
        region: the Region that a settings file names; empty is that of the environment.

    Raises:
        ConfigError: there is no such profile, or no Region.
    """
    made = cache(session.client)

    def client(service: str) -> Any:
        try:
            session.use(region)
            return made(service)
        except BotoCoreError as error:
            raise ConfigError(
                f"AWS can't be asked ({error}): set AWS_REGION and AWS_PROFILE (`aws configure list-profiles`)."
            ) from error

    return client
