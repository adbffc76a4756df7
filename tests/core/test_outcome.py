"""How a run went, in one word."""

from __future__ import annotations

import json

import pytest

from glue_jobs.core.outcome import Outcome

pytestmark = pytest.mark.unit


def test_the_words_are_what_alarms_and_people_read() -> None:
    assert json.loads(json.dumps(list(Outcome))) == ["ok", "partial", "failed"]
