"""A plugin of coverage.py that measures branches with `sys.monitoring` on Python 3.12 and 3.13.

A trace function slows down every line of every library, so the tests take twice as long. With `sys.monitoring`, only
code that is measured pays. coverage.py does that from Python 3.14 on, which has an event for either way that a branch
goes. Before, both ways share one event, which has to stay on until both were seen: this adds just that. An `async for`
has no event before 3.14, so its branches would be reported as missed.
"""

from __future__ import annotations

import dis
import os
import sys
from functools import cache
from types import CodeType
from typing import TYPE_CHECKING, Any

import coverage.core
from coverage import bytecode, env, files
from coverage.control import Coverage, process_startup
from coverage.sysmon import SysMonitor

if TYPE_CHECKING:
    from coverage.plugin_support import Plugins

MONITORING: Any = getattr(sys, "monitoring", None)


def coverage_init(_plugins: Plugins, _options: dict[str, Any]) -> None:
    """coverage.py calls this before it chooses how to measure; its setting `core` still counts."""
    if (3, 12) <= sys.version_info < (3, 14):
        coverage.core.SysMonitor = BranchMonitor  # type: ignore[misc, attr-defined, unused-ignore]
        bytecode.RETURNS.add(dis.opmap["RETURN_CONST"])  # 3.14 lacks it, so coverage.py would measure without it
        env.SYSMON_DEFAULT = env.PYBEHAVIOR.branch_right_left = True
    files.abs_file = _abs_file
    Coverage._post_save_work = _post_save_work  # type: ignore[method-assign]


_real_folder = cache(os.path.realpath)
_look_for_files_that_never_ran = Coverage._post_save_work


def _abs_file(path: str) -> str:
    """Does the same as the function of coverage.py, but follows links in each folder's path only once."""
    if not os.path.isabs(path):
        return os.path.realpath(path)
    folder, name = os.path.split(path)
    file = os.path.join(_real_folder(folder), name)
    return os.path.realpath(file) if os.path.islink(file) else file


def _post_save_work(self: Coverage) -> None:
    """Leaves files that never ran to the processes of pytest: each command that a test types would list all of them."""
    if self is not getattr(process_startup, "coverage", None):
        _look_for_files_that_never_ran(self)


class BranchMonitor(SysMonitor):
    """Measures lines and branches, and stops watching each one as soon as it was seen."""

    def __init__(self) -> None:
        super().__init__()
        self._ways: dict[tuple[int, int], int] = {}
        """Where each branch went first, by the code object and the offset in it."""

    def start(self) -> None:
        self.trace_arcs = False  # the class above asks for lines, and would ask for events that aren't there
        super().start()
        events = MONITORING.events
        for event, seen in (
            (events.PY_RETURN, self.sysmon_py_return),
            (events.LINE, self._line),
            (events.BRANCH, self._branch),
        ):
            MONITORING.register_callback(self.myid, event, seen)

    def sysmon_py_start(self, code: CodeType, instruction_offset: int) -> Any:
        if self.should_trace_cache.get(code.co_filename) is None:
            # The class above would take this frame for that of the code.
            self.should_trace_cache[code.co_filename] = self.should_trace(code.co_filename, sys._getframe(1))
        answer = super().sysmon_py_start(code, instruction_offset)
        info = self.code_infos.get(id(code))
        if self.sysmon_on and info is not None and info.tracing and info.byte_to_line is None:
            info.byte_to_line = bytecode.bytes_to_lines(code)
            events = MONITORING.events
            MONITORING.set_local_events(self.myid, code, events.LINE | events.PY_RETURN | events.BRANCH)
        return answer

    def _line(self, code: CodeType, line: int) -> Any:
        answer = self.sysmon_line_arcs(code, line)
        self.code_infos[id(code)].last_line = None  # lines up to the next one may not be watched any more
        return answer

    def _branch(self, code: CodeType, offset: int, destination: int) -> Any:
        branch = id(code), offset
        first = self._ways.get(branch)
        if first == destination:
            return None
        self.sysmon_branch_either(code, offset, destination)
        self._ways[branch] = destination
        return MONITORING.DISABLE if first is not None else None
