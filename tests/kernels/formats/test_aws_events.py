from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from support.yaml_files import read_yaml

from loglake.kernels.sample import count_formats

pytestmark = pytest.mark.unit

FIXTURES = Path(__file__).parent / "fixtures" / "aws_event.yaml"
EVENTS = [each["event"] for each in read_yaml(FIXTURES)]


@pytest.mark.parametrize("event", EVENTS, ids=range(len(EVENTS)))
def test_an_event_in_a_logger_s_object_is_the_logger_s(event: str) -> None:
    inside = {"level": "info", "message": "received", "input": json.loads(event)}
    quoted = {"level": "info", "message": event}
    broken = event[:-1]
    texts = pa.array([json.dumps(inside), json.dumps(quoted), f"{broken},}}"], pa.string())
    assert count_formats(texts) == {"json": 3}
