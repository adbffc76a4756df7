"""Memory and processor time of a process and of all its descendants, from /proc."""

from __future__ import annotations

import os
import resource
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

_EVERY_S = 0.1


class Watch(threading.Thread):
    """Polls a process and all its descendants.

    Attributes:
        peak_bytes: the most memory of all together; what they share counts for each.
        peak_process_bytes: the most memory of one of them.
        peak_name: what that one runs.
        cpu_by_process: the processor time of each in seconds, as it was last seen.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self.peak_process_bytes = 0
        self.peak_name = "none"
        self.cpu_by_process: dict[int, float] = {}
        self._pid = pid
        self._ended = threading.Event()

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while not self._ended.wait(_EVERY_S):
            found = {pid: _rss_bytes(pid) for pid in tree(self._pid)}
            self.peak_bytes = max(self.peak_bytes, sum(found.values()))
            largest = max(found, key=found.__getitem__)
            if found[largest] > self.peak_process_bytes:
                self.peak_process_bytes, self.peak_name = found[largest], _name(largest)
            for pid in found:
                self.cpu_by_process[pid] = max(self.cpu_by_process.get(pid, 0.0), _cpu_seconds_of(pid))


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def cpu_seconds() -> float:
    """Processor time of all children that have ended, with their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _rss_bytes(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


def _cpu_seconds_of(pid: int) -> float:
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return "a process"
