"""``--timezone``: the time zone of timestamps without one in plain log files."""

from __future__ import annotations

from loglake.errors import ConfigError
from loglake.kernels.formats.times.zones import zone_of


def check_timezone(name: str) -> str:
    """Returns the name; an empty one is UTC. Raises ConfigError if the time zone doesn't exist."""
    if not name:
        return name
    try:
        zone_of(name)
    except ValueError:
        raise ConfigError(
            f"--timezone {name} is not a time zone: give a name such as Europe/Berlin, or an offset such as +02:00"
        ) from None
    return name
