"""Pictures of a terminal with the output of commands, as SVG that loads nothing else."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, DIMMED_MONOKAI
from rich.text import Text

WIDTH = 110
COMMANDS = {
    "terminal-query": 'query "SELECT level, count(*) AS events FROM app_shop GROUP BY 1 ORDER BY 2 DESC"',
    "terminal-status": "status",
}
"""By name of the picture: the command without `loglake`."""

_FORMAT = re.sub(r"@font-face \{\{.*?\}\}|<!--.*?-->", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""As rich has it, without the fonts that it has a browser fetch."""


def terminals(target: Path, keep: Path) -> list[Path]:
    """Takes all terminal pictures of a kept run, in light and dark."""
    written = []
    for name, command in COMMANDS.items():
        printed = _printed([*shlex.split(command), "--lake", str(keep)])
        for dark in (False, True):
            written.append(target / f"{name}{'-dark' if dark else ''}.svg")
            written[-1].write_text(_picture(f"loglake {command}", printed, dark=dark), "utf-8")
    return written


def _printed(words: list[str]) -> str:
    colours = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
    command = [str(Path(sys.executable).parent / "loglake"), *words]
    return subprocess.run(command, env=colours, capture_output=True, text=True, check=True).stdout


def _picture(command: str, printed: str, *, dark: bool) -> str:
    return picture_of([Text(f"$ {command}\n", style="bold"), Text.from_ansi(printed)], dark=dark)


def picture_of(lines: Sequence[Text | str], *, dark: bool) -> str:
    """An SVG of a terminal with these lines."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(line, markup=False, highlight=False)
    theme = DIMMED_MONOKAI if dark else DEFAULT_TERMINAL_THEME
    return console.export_svg(title="loglake", theme=theme, code_format=_FORMAT, unique_id="terminal")
