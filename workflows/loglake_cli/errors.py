"""What commands report as a sentence: errors of loglake and of the packages beside it, and what is not installed."""

from __future__ import annotations

import sys

from athena_duckdb.errors import ConfigError as LocalConfigError
from athena_duckdb.errors import NoCatalogError, RefusedError
from loglake.errors import ConfigError, LoglakeError

BAD_INPUT = (ConfigError, LocalConfigError)
"""What somebody gave is wrong."""

REFUSALS = (LoglakeError, RefusedError)
"""The roots of all of them."""


def in_words(error: BaseException) -> str:
    """An error's message, which also says which command makes what is not there."""
    if isinstance(error, NoCatalogError):
        return f"{error}: run `loglake local run` first. What `loglake local up` makes is there once it is stopped."
    return str(error)


EXTRAS = {
    "init": "deploy",
    "deploy": "deploy",
    "destroy": "deploy",
    "local": "local",
    "mcp": "mcp",
    "notebook": "notebook",
}
"""The extra that each command needs; the others need none, unless they are asked for Spark."""


def not_installed(what: str, extra: str) -> str:
    """The sentence that says what is missing, and the command that installs it."""
    install = f"{sys.executable} -m pip install 'loglake[{extra}]'"
    return f"{what} is not installed: run `{install}`, and then this command again."
