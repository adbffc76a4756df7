"""Files as a subscription, Firehose or an AWS service delivers them: the input of ``local run --landing FILE``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from loglake.core.local_files import LocalFiles
from loglake.core.schema.bundle import RawObject
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.raw_objects import read_object


@dataclass(frozen=True)
class LandedFile:
    """A file to land.

    Attributes:
        log_group: the group from the command line, for events that name none.
        groups: the groups of its events.
        events: the number of events, including the ones that can't be decoded.
    """

    path: Path
    log_group: LogGroupName
    groups: frozenset[LogGroupName]
    events: int


def read_landed_file(path: Path, log_group: LogGroupName) -> LandedFile:
    """Inspects a file without changing it.

    Raises:
        ConfigError: the file doesn't exist, can't be read, or has only events of other log groups.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is not a file: give --landing the path of one that a subscription delivered.")
    raw = RawObject(str(path), path.stat().st_size, "")
    counts: Counter[str] = Counter()
    try:
        for item in read_object(raw, log_group, LocalFiles()):
            if isinstance(item, Fragment):
                counts[""] += 1
            else:
                counts[item.origin.log_group] += item.batch.num_rows
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error
    groups = frozenset(LogGroupName(group) for group in counts if group)
    if groups and log_group not in groups:
        held = ", ".join(sorted(groups))
        raise ConfigError(f"{path} holds events of {held}, and none of {log_group}: give --log-group one of those.")
    return LandedFile(path, log_group, groups or frozenset({log_group}), counts.total())
