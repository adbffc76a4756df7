"""The jobs write their progress as gluelocal reads it."""

from __future__ import annotations

import io
import json

import pytest
from support.fakes.fakes import ManualClock

from gluelocal.engine.views import Part
from gluelocal.executor.jobs.logs import last_part
from loglake.telemetry import Telemetry

pytestmark = pytest.mark.unit


def test_what_a_job_says_of_its_progress_is_found_in_its_lines() -> None:
    out = io.StringIO()
    clock = ManualClock()
    telemetry = Telemetry(clock, "jr", out)
    for done in range(5):  # the second and the fourth come too soon after the one before
        telemetry.progress(done, 9, "windows")
        clock.sleep(1)
    telemetry.progress(0, 0, "bytes")
    lines = out.getvalue().encode().splitlines()
    assert [json.loads(line)["done"] for line in lines] == [0, 2, 4]
    assert last_part(lines) == Part(4, 9, "windows")
