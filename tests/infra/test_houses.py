"""gluelocal and athena_duckdb, and their tests, need none of the packages above them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.pages import ROOT

pytestmark = pytest.mark.infra


@pytest.mark.parametrize(
    ("house", "without"),
    [("athena_duckdb", "gluelocal infra loglake loglake_cli"), ("gluelocal", "infra loglake loglake_cli")],
)
def test_all_tests_of_a_house_can_be_imported_without_the_packages_above_it(house: str, without: str) -> None:
    """`make test-houses` runs them so."""
    words = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-qq",
        "-n",
        "0",
        "-p",
        "no:loglake",
        "-p",
        "support.alone",
    ]
    done = subprocess.run(
        [*words, f"tests/{house}", f"--confcutdir=tests/{house}", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**os.environ, "WITHOUT": without, "PYTHONPATH": "tests"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"tests/{house}/" in done.stdout
