"""Commands import slow libraries only if they need them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from loglake_cli.cli.app import COMMANDS

pytestmark = pytest.mark.unit

STAGES: list[tuple[set[str], set[str]]] = [
    ({"query", "formats"}, {"rich"}),
    ({"status", "convert", "export", "ignore", "pause", "resume", "cost"}, {"boto3"}),
    ({"find"}, {"fsspec"}),
    ({"verify", "doctor", "rerun", "accept", "schema"}, {"pyarrow", "numpy"}),
    ({"quarantine", "init", "deploy", "destroy"}, {"hatchling", "pandas"}),
    ({"connect", "mcp", "notebook"}, {"duckdb", "sqlglot"}),
    ({"local"}, {"moto", "werkzeug", "jinja2"}),
]
"""Commands, and the libraries that they may import beside those of the commands before them."""

HEAVY = {library for _, libraries in STAGES for library in libraries} | {"pyspark", "cyclonedx"}

_SCRIPT = """
import json, sys
from importlib import import_module
from typer.testing import CliRunner
from loglake_cli.cli.app import COMMANDS, app

stages, heavy = json.loads(sys.argv[1])

def of_heavy():
    return sorted({name.partition(".")[0] for name in sys.modules} & {*heavy})

ended = [CliRunner().invoke(app, [asked]).exit_code for asked in ("--help", "--version", "exprt")]
found = [of_heavy()]
for names in stages:
    for name in names:
        import_module(COMMANDS[name].module)
    found.append(of_heavy())
print(json.dumps([ended, found]))
"""


def test_a_command_imports_no_library_that_it_does_not_need() -> None:
    asked = json.dumps([[sorted(names) for names, _ in STAGES], sorted(HEAVY)])
    done = subprocess.run([sys.executable, "-c", _SCRIPT, asked], check=True, capture_output=True, text=True)
    ended, found = json.loads(done.stdout)
    assert ended == [0, 0, 2]
    allowed: set[str] = set()
    for libraries, imported in zip([set[str](), *(libraries for _, libraries in STAGES)], found, strict=True):
        allowed |= libraries
        assert {*imported} <= allowed


def test_each_command_is_in_a_stage() -> None:
    assert sorted(name for names, _ in STAGES for name in names) == sorted(COMMANDS)
