"""The README begins with commands that print what it says, and the recording shows the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pictures.recording import COMMANDS, animated, played
from pictures.terminal import WIDTH

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[3]


def test_the_first_lines_of_the_readme_are_what_the_commands_print() -> None:
    typed = played()
    assert max(len(line) for command, printed in typed for line in (f"$ {command}", *printed.splitlines())) <= WIDTH
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    console = "\n".join(lines).partition("```console\n")[2].partition("\n```")[0]
    for command, printed in typed[:2]:
        assert f"$ {command}\n{printed}".rstrip("\n") in console
    first_ten = "\n".join(lines[:10])
    assert "pip install" in first_ten
    assert typed[1][1].splitlines()[1] in first_ten
    for name in ("terminal-start.svg", "terminal-start-dark.svg"):
        assert (ROOT / "docs" / "pictures" / name).read_text("utf-8") == animated(typed, dark="dark" in name)


def test_lines_appear_one_after_the_other_and_without_animation_all_at_once() -> None:
    svg = animated([(command, "answer") for command in COMMANDS], dark=False)
    delays = [float(each) for each in re.findall(r"animation-delay: ([\d.]+)s", svg)]
    assert delays == sorted(delays)
    assert (delays[0], max(delays) > 5) == (0.0, True)
    assert "prefers-reduced-motion" in svg
    assert "http" not in svg.replace("http://www.w3.org", "")
