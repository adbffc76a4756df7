"""A terminal recording for the README: what the first commands print, as an SVG that shows it line by line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pictures.terminal import picture_of

LOG = """\
2026-11-20T10:00:00Z INFO shop.cart: added 3 items
2026-11-20T10:00:01Z ERROR shop.orders: no stock of 17
2026-11-20T10:00:02Z INFO shop.cart: added 1 item
"""
COMMANDS = (
    "loglake convert app.log lake > report.txt",
    'loglake query "SELECT level, count(*) AS n FROM app_log GROUP BY 1 ORDER BY 2 DESC" --lake lake',
    "loglake query \"SELECT event_time, message FROM app_log WHERE level = 'ERROR'\" --lake lake",
)
"""What is typed, one after the other, in a folder with `LOG`."""

_TYPED_S, _ANSWERED_S = 1.0, 1.5
_STYLE = (
    "@keyframes appear { from { opacity: 0 } } text[style] { animation: appear 1ms both } "
    "@media (prefers-reduced-motion: reduce) { text[style] { animation: none } }"
)


def main() -> int:
    """Writes the recording in light and dark into a folder."""
    (target,) = map(Path, sys.argv[1:])
    typed = played()
    for dark in (False, True):
        (target / f"terminal-start{'-dark' if dark else ''}.svg").write_text(animated(typed, dark=dark), "utf-8")
    return 0


def played() -> list[tuple[str, str]]:
    """Each command, and what it printed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "COLUMNS": "100", "PATH": path}
    with tempfile.TemporaryDirectory(prefix="loglake-") as folder:
        (Path(folder) / "app.log").write_text(LOG)
        found = []
        for command in COMMANDS:
            shell = ["/bin/sh", "-c", command]
            done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True, check=True)
            found.append((command, done.stdout.strip("\n")))
    return found


def animated(typed: list[tuple[str, str]], *, dark: bool) -> str:
    """The picture of a terminal in which each line appears at its time. Without animation it shows all of them."""
    lines: list[str] = []
    starts: list[float] = []
    now_s = 0.0
    for command, printed in typed:
        lines.append(f"$ {command}")
        starts.append(now_s)
        now_s += _TYPED_S
        answer = [*printed.splitlines(), ""]
        lines += answer
        starts += [now_s] * len(answer)
        now_s += _ANSWERED_S
    svg = picture_of(lines, dark=dark).replace("<style>", f"<style>\n{_STYLE}", 1)

    def delayed(found: re.Match[str]) -> str:
        return f'{found[0]} style="animation-delay: {starts[min(int(found[1]), len(starts) - 1)]:.1f}s"'

    return re.sub(r'clip-path="url\(#terminal-line-(\d+)\)"', delayed, svg)


if __name__ == "__main__":
    sys.exit(main())
