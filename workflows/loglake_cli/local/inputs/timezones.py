"""``--timezone``: of stamps in plain log files that say none."""

from __future__ import annotations

from loglake.errors import ConfigError
from loglake.kernels.readers.plain.stamps import zone_of


def check_timezone(name: str) -> str:
    """The same name. Raises ConfigError if there is no such zone."""
    try:
        zone_of(name)
    except ValueError:
        raise ConfigError(
            f"--timezone {name} is no time zone: give a name such as Europe/Berlin, or an offset such as +02:00"
        ) from None
    return name
