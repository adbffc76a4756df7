"""Fixtures and options of all tests."""

from __future__ import annotations

import gc
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import botocore.session
import botocore.useragent
import pytest
from hypothesis import settings
from support.fakes.interrupts import interrupts_arrive
from support.local.forks import forked

from gluelocal import glue_libs
from gluelocal.executor.jobs.machine import java_options

gc.disable()  # until the tests are collected: nearly all that is made before then is kept

# Only benchmarks measure time: a busy machine must not make a test fail.
settings.register_profile("loglake", deadline=None)
settings.load_profile("loglake")

if find_spec("awsglue") is None:  # as for a job of the local runtime: AWS publishes it only for Glue's Python versions
    sys.path.append(str(Path(glue_libs.__file__).parent))

os.environ.setdefault("SPARK_SUBMIT_OPTS", java_options())
os.environ.pop("COLUMNS", None)  # of whoever runs the tests; processes of xdist have one of their own

# Each new session of botocore would read the models of the services again, which takes longer than most tests.
botocore.session.create_loader = cache(botocore.session.create_loader)
# Each call of AWS would go through the same words of its user agent again, letter by letter.
botocore.useragent.sanitize_user_agent_string_component = cache(botocore.useragent.sanitize_user_agent_string_component)

_LONGEST = (
    "property/test_kernel_cases.py",
    "faults/jobs/test_killed.py",
    "local/test_local_run.py",
    "notebooks/test_notebooks.py",
    "local/test_landing_run.py",
    "faults/jobs/test_storms.py",
    "property/test_lake_cases.py",
    "faults/jobs/test_stopped.py",
    "cli/test_commands_on_aws.py",
    "cli/test_convert.py",
    "deploy/test_installed.py",
    "local/test_other_clients.py",
    "kernels/formats/test_application_formats.py",
    "cli/deploying/test_journey.py",
    "faults/test_convert_killed.py",
    "ui/test_page.py",
    "pool/test_parts.py",
    "contract/test_convert_stage_contract.py",
    "pool/test_convert_stage.py",
    "pipelines/test_unreadable_items.py",
    "spark/test_submitted.py",
    "pipelines/landing/test_day_settling_random.py",
    "simulation/test_simulation.py",
    "fuzz/test_fuzz_smoke.py",
    "kernels/formats/test_formats_together.py",
    "pipelines/compaction/test_races.py",
)
"""The test files that take longest, 13 to 100 seconds of processor time, the longest first."""

_SLOW = ("spark", "faults", "local")
"""Marks of tests that start a JVM, many jobs or the local stack, the slowest first."""

ctrl_c = pytest.fixture(scope="session", autouse=True)(interrupts_arrive)
forks = pytest.fixture(scope="session", autouse=True)(forked)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs the slowest test files first; otherwise the last one would leave the other processes idle."""
    longest = {Path(__file__).parent / name: at - len(_LONGEST) for at, name in enumerate(_LONGEST)}
    assert all(path.exists() for path in longest), "a test file of _LONGEST has another name"
    ranks = dict(longest)
    for item in items:
        mine = next((rank for rank, name in enumerate(_SLOW) if item.get_closest_marker(name)), len(_SLOW))
        ranks[item.path] = min(mine, ranks.get(item.path, mine))
    items.sort(key=lambda item: ranks[item.path])


def pytest_collection_finish() -> None:
    """Freezes the collected tests: otherwise each garbage collection would walk a million objects."""
    gc.collect()
    gc.freeze()
    gc.enable()
