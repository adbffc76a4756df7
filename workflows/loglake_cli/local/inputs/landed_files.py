"""Files as a subscription, Firehose or an AWS service delivers them: what ``local run --landing FILE`` lands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from loglake.core.local_files import LocalFiles
from loglake.core.schema.conversion import RawObject
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.raw_objects import read_object


@dataclass(frozen=True)
class LandedFile:
    """A file to land.

    Attributes:
        log_group: the group that a person named, for events without one in the file.
        groups: the groups of its events.
        events: how many there are, those that can't be decoded included.
    """

    path: Path
    log_group: LogGroupName
    groups: frozenset[LogGroupName]
    events: int


def read_landed_file(path: Path, log_group: LogGroupName) -> LandedFile:
    """Looks into a file, without changing anything about it.

    Raises:
        ConfigError: there is no such file, it can't be read, or its events are of other log groups alone.
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
