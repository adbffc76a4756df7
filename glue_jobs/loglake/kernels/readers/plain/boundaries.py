"""Decides line by line whether an event starts in a plain log file.

In a file with timestamps, a line without one belongs to the event before it, unless it is the file's first line once
more, as of a program that starts again or of a CSV's header, or starts with a level and a name in brackets. In a file
without timestamps, white space continues an event, and so do frames and the known starts of stack traces. In both, a
complete JSON object is its own event, on one line or on several; only empty lines can be added to it. So is an entry of
systemd's journal, as long as its lines look like fields, and a block of header lines that name fields.
"""

from __future__ import annotations

import re

from loglake.kernels.readers.plain.journal import CURSOR, Entry

WHITE = " \t\r\n\v\f"

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_OPENS = re.compile(r'\{\s*(?:"(?:[^"\\]|\\.)*"\s*:.*[,\[{])?\s*$')
"""How the first line of a JSON object over several lines looks."""

_INSIDE = re.compile(r'\s*(?:["{}\[\]]|-?\d|true\b|false\b|null\b)')
"""How its other lines do."""

_NUMBER = re.compile(r"\s*\d+(?:\.\d+)?,?\s*$")
"""A line of an object that may look like seconds since the epoch."""

PYTHON_TRACE = "Traceback (most recent call last):"
_TRACE = re.compile(
    r"(?:Caused by: |Suppressed: |Exception in thread |goroutine \d+ \[|created by |\.\.\. \d+ |at [\w$.]+\(|#\d+ "
    r"|Stack trace:|Traceback \(most recent call last\):|During handling of the above exception"
    r"|The above exception was the direct cause"
    r"|(?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception|Throwable|Warning|Interrupt|Exit)\b(?:: |:?\s*$| \())"
)
_CRI_PARTIAL = re.compile(r"\d{4}-\S+ (stdout|stderr) P(?::\S*)? ")
"""https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md"""

_DIRECTIVE = re.compile(
    r"#(?:Software|Version|Date|Start-Date|End-Date|Remark|Fields): "
    r"|#(?:separator|set_separator|empty_field|unset_field|path|open|close|fields|types)[ \t]"
)
"""The lines before those of W3C's extended format and of Zeek: https://www.w3.org/TR/WD-logfile.html"""

_LEVEL = re.compile(r"\[ *(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL) *\] ?\[[\w.-]+\]:? ")
"""A level and a name in brackets, without a time, as ROS's launcher writes beside the lines of what it starts."""

_BOX = tuple(sign.encode().decode("latin-1") for sign in "│├└╰")
"""Signs that draw a frame around an event, or a tree below it, as Julia does."""

_RECORD, _RECORD_END = "<![LOG[", "]LOG]!>"
"""Around a message over several lines: https://learn.microsoft.com/intune/configmgr/core/support/cmtrace"""

_GO_FRAME = re.compile(r"[\w./*()-]+\(.*\)\s*$")


class Boundaries:
    """The state of the event so far: it decides whether the next line belongs to it.

    Args:
        has_stamps: whether the file has timestamps.
    """

    def __init__(self, has_stamps: bool) -> None:
        self._has_stamps = has_stamps
        self._depth = 0
        self._is_closed = False
        self._python = False
        self._go = False
        self._indented = False
        self._partial = ""
        self._is_directive = False
        self._entry: Entry | None = None
        self._first = ""
        self._in_record = False

    def start(self, line: str, is_object: bool) -> None:
        """Begins an event with a line, which may be a complete JSON object."""
        self._is_closed = is_object
        self._first = self._first or line
        self._depth = 0
        self._python = self._go = self._indented = False
        if is_object:
            self._partial, self._is_directive, self._entry = "", False, None
            return
        if line.startswith("{") and _OPENS.match(line):
            self._depth = _depth(line)
        self._partial = _partial_stream(line)
        self._is_directive = bool(_DIRECTIVE.match(line))
        self._entry = Entry() if line.startswith(CURSOR) else None
        self._in_record = line.startswith(_RECORD) and _RECORD_END not in line
        self._note(line)

    def continues(self, line: str, is_stamped: bool, is_object: bool) -> bool:
        """Whether a line belongs to the current event; if so, it becomes the event's last line."""
        if self._entry:
            if self._entry.takes(line):
                return True
            self._entry, self._is_closed = None, True
        if not line.strip(WHITE):
            return True
        if self._in_record and not line.startswith(_RECORD):
            self._in_record = _RECORD_END not in line
            return True
        if self._partial and line.split(" ", 2)[1:2] == [self._partial]:
            self._partial = _partial_stream(line)
            return True
        begins = is_object or (is_stamped and not (self._depth and _NUMBER.match(line)))
        belongs = not begins and self._belongs(line)
        if belongs:
            self._note(line)
        return belongs

    def _belongs(self, line: str) -> bool:
        if self._depth and _INSIDE.match(line):
            self._depth += _depth(line)
            self._is_closed = self._depth <= 0
            self._depth = max(self._depth, 0)
            return True
        self._depth = 0
        if self._is_closed:
            return False
        if line.startswith(CURSOR):
            return False
        if line[0] == "#" and _DIRECTIVE.match(line):
            return self._is_directive
        if line[0] in WHITE or line.startswith(_BOX) or self._is_trace(line):
            return True
        return self._has_stamps and line != self._first and not _LEVEL.match(line)

    def _is_trace(self, line: str) -> bool:
        ends_python = self._python and self._indented
        return ends_python or bool(_TRACE.match(line)) or (self._go and bool(_GO_FRAME.match(line)))

    def _note(self, line: str) -> None:
        if line[0:1] in {" ", "\t"}:
            self._indented = True
            return
        self._python = line.startswith(PYTHON_TRACE) or (self._python and not self._indented)
        self._go = self._go or line.startswith("goroutine ")
        self._indented = False


def _partial_stream(line: str) -> str:
    """The stream of a CRI line that continues in the next line."""
    found = _CRI_PARTIAL.match(line)
    return found[1] if found else ""


def _depth(line: str) -> int:
    """How many more objects and arrays a line opens than it closes."""
    bare = _STRING.sub("", line)
    return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")
