"""What commands report as a sentence: the errors of loglake, and those of the packages beside it."""

from __future__ import annotations

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
