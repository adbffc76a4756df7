"""CONTRIBUTING.md: following its recipe for a log format word by word gives a working format."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
READ = """
import json, pyarrow as pa
from loglake.core.schema.datasets import Dataset
from loglake.kernels.formats.registry import FORMATS, format_of
event = pa.array(["TILL 7 2026-11-20T10:00:00Z WARN drawer open for 31 s"])
Dataset(log_groups=("/tills",), format="till")
print(json.dumps({
    "recognised_as": next(name for name, each in FORMATS.items() if each.matches(event)[0].as_py()),
    "fields": {path[0]: seen.type.value for path, seen in format_of("till").infer_types(event).items()},
}))
"""


def follow(text: str, root: Path) -> None:
    """Follows a page: its blocks are whole files, or lines to insert before another line."""
    for what, path, line, block in re.findall(
        r"<!-- (file|before): ([\w/.]+)(?:: (.*?))? -->\n```(?:python|text|toml)\n(.*?)```", text, re.DOTALL
    ):
        file = root / path
        if what == "file":
            assert not file.exists()
            file.write_text(block, "utf-8")
            continue
        before = file.read_text("utf-8")
        (found,) = re.findall(rf"^ *{re.escape(line)}$", before, re.MULTILINE)
        file.write_text(before.replace(f"{found}\n", f"{block}{found}\n"), "utf-8")


def test_the_recipe_of_a_log_format_gives_a_format(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "glue_jobs", tmp_path / "glue_jobs", ignore=shutil.ignore_patterns("__pycache__"))
    follow(PAGE, tmp_path)
    # It runs a copy of the code, which coverage would count as untested code.
    measured = ("COVERAGE", "COV_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(measured)}
    environment["PYTHONPATH"] = str(tmp_path / "glue_jobs")
    done = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {
        "recognised_as": "till",
        "fields": {"till": "bigint", "time": "string", "severity": "string"},
    }
