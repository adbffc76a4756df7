"""Where the key of hashes is; never the key itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loglake.errors import ConfigError

LEAST_CHARACTERS = 32

KEY_PLACES = ("secret", "parameter", "file")
_TAKES = "a mapping such as {secret: loglake/redact}, {parameter: /loglake/redact} or {file: redact.key}"
_ARN = {name: rf"arn:[a-z-]+:{service}" for name, service in (("secret", "secretsmanager"), ("parameter", "ssm"))}
_NAME = r"(?![0-9a-fA-F]{32,}$)[A-Za-z0-9/_+=.@-]{1,512}"
"""Many digits in a row may be a key that somebody took for a name."""


@dataclass(frozen=True)
class RedactKey:
    """What `redact_key` of a datasets file says. Without any of it, nothing can be hashed.

    Attributes:
        secret: the name or ARN of a secret in Secrets Manager, for jobs.
        parameter: the name or ARN of a SecureString of Systems Manager, for jobs, instead.
        file: of this machine, for commands that convert here; beside the datasets file.
    """

    secret: str = ""
    parameter: str = ""
    file: str = ""

    def __bool__(self) -> bool:
        return any(vars(self).values())

    @property
    def is_on_aws(self) -> bool:
        """Whether jobs can read it."""
        return bool(self.secret or self.parameter)

    def to_json(self) -> dict[str, Any]:
        """The mapping as the file may have it."""
        return {name: value for name, value in vars(self).items() if value}

    @staticmethod
    def from_json(data: Any) -> RedactKey:
        """Checks what a datasets file has. Raises ConfigError, and says what it takes, but not what was given."""
        if not isinstance(data, Mapping) or not data or not {*data} <= {*KEY_PLACES}:
            raise ConfigError(f"redact_key is {_TAKES}")
        if not all(isinstance(value, str) and value.strip() for value in data.values()):
            raise ConfigError(f"redact_key is {_TAKES}, with a text each")
        if "secret" in data and "parameter" in data:
            raise ConfigError("redact_key has a secret and a parameter: leave one of them out")
        for name, arn in _ARN.items():
            if name in data and not re.fullmatch(rf"{_NAME}|{arn}:[a-z0-9-]+:\d{{12}}:{name}[:/]{_NAME}", data[name]):
                raise ConfigError(
                    f"redact_key: {name} is the name of a {name}, or its ARN; the key itself is never here"
                )
        return RedactKey(**data)


NO_KEY = RedactKey()


def checked_key(text: str, place: str) -> bytes:
    """The key that a place has, without white space around it.

    Raises:
        ConfigError: it is too short to be one. The error names the place.
    """
    key = text.strip()
    if len(key) < LEAST_CHARACTERS:
        raise ConfigError(
            f"redact_key: {place} has {len(key)} characters, and a key has at least {LEAST_CHARACTERS}: put what "
            "`openssl rand -hex 32` prints there."
        )
    return key.encode()
