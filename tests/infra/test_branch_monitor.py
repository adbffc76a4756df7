"""The quick measurement of branches gives the same result as coverage.py's trace function."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.infra,
    pytest.mark.skipif(
        not (3, 12) <= sys.version_info < (3, 14),
        reason="the plugin is for Python 3.12 and 3.13 alone: it does nothing on this one",
    ),
]

ROOT = Path(__file__).parents[2]
PROGRAM = '''
"""Branches of every kind: some go one way, some both ways, some nowhere."""
import asyncio, contextlib, threading

class One(Exception): ...

def loops(count):
    for number in range(count):
        if number == 3:
            break
        if number == 7:
            continue
    else:
        count += 1
    while count:
        count -= 1
        if count < 0 and number or count == 5:
            return count
    for number in range(3): count += number
    return [each for each in range(count) if each]

def never(count):
    if count:
        return 1
    return 2

def tries(count):
    try:
        with contextlib.suppress(KeyError):
            if count == 1:
                raise KeyError
            if count == 2:
                raise One
            if count == 4:
                return "four"
    except One:
        return "one"
    except ValueError:
        return "value"
    else:
        count = 3
    finally:
        if count == 3:
            count = 0
    return "else" if count else "zero"

def matches(value):
    match value:
        case {"kind": kind} if kind:
            return kind
        case [first, *_]:
            return first
        case str() | bytes():
            return len(
                value
            )
        case 1000:
            return 0
    return None

def yields(count):
    while count:
        if (yield count) is None and count == 2:
            count -= 1
        count -= 1

def assigns(count):
    assert count or not count
    value = count and 3 or 4
    if (doubled := count * 2) > 4 or \\
            doubled == 0:
        value = (lambda one: one if one else 5)(doubled)
    return value

async def waits(count):
    async with asyncio.timeout(None):
        while count:
            await asyncio.sleep(0)
            count -= 1

def nested(count):
    def inner(depth):
        if depth:
            return inner(depth - 1)
        return count
    return inner(count)

for number in (0, 4, 2, 1):
    loops(number)
    tries(number)
    nested(number)
    assigns(number)
    asyncio.run(waits(number))
    list(yields(number))
for value in ({"kind": "a"}, {"kind": ""}, [1], "text", 5):
    matches(value)
thread = threading.Thread(target=never, args=(1,))
thread.start()
thread.join()
if __name__ != "__main__":
    never(0)
'''


def measured(folder: Path, core: str = "") -> tuple[str, dict[str, Any]]:
    """Runs the program with branches measured. Returns coverage.py's messages at the start, and its report."""
    (folder / "program.py").write_text(PROGRAM)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment |= {"COVERAGE_CORE": core} if core else {}
    options = [f"--rcfile={ROOT / 'pyproject.toml'}", f"--data-file={folder / 'data'}"]

    def coverage(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "coverage", command, *options, *arguments]
        return subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True, text=True)

    said = coverage("run", "--source=.", "--debug=core", "program.py").stderr
    coverage("combine")
    return said, json.loads(coverage("json", "-q", "-o", "-").stdout)["files"]["program.py"]


def test_both_ways_report_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    said, quick = measured(tmp_path_factory.mktemp("quick"))
    assert "core=sysmon" in said
    said, traced = measured(tmp_path_factory.mktemp("traced"), "ctrace")
    assert "core=ctrace" in said
    assert quick == traced
    summary = quick["summary"]
    assert (summary["covered_branches"], summary["missing_branches"]) == (38, 6)
