"""Pausing a log group: nothing of it is exported until it is resumed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loglake.core.units import LogGroupName
from loglake.errors import ConfigError

if TYPE_CHECKING:
    from loglake_cli.operations.deployment import Deployment

_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
"""CreateLogGroup, `logGroupName`."""


def parse_log_group(text: str) -> LogGroupName:
    """The log group that a person typed.

    Raises:
        ConfigError: it can't be a log group's name, such as a pattern.
    """
    if not _NAME.fullmatch(text):
        raise ConfigError(f"{text!r} is no log group's name: give one, such as /app/shop, and not a pattern")
    return LogGroupName(text)


def is_known(deployment: Deployment, log_group: LogGroupName) -> bool:
    """Whether the ledger or CloudWatch knows a log group; also where CloudWatch may not be asked."""
    if deployment.ledger.rows(log_group):
        return True
    there = deployment.log_group_names()
    return there is None or log_group in there
