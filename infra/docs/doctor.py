"""Writes docs/aws/doctor.md: what ``loglake doctor`` checks.

The checks are `loglake_cli.operations.doctor`: ``make docs`` writes the page, and a test fails if it is stale.
"""

from __future__ import annotations

import json

from infra.docs.template import DOCS, filled
from loglake.core.schema.datasets import SMOKE
from loglake_cli.operations.doctor.examination import ACTIONS, SMOKE_ACTIONS, THEMES
from loglake_cli.operations.doctor.smoke.run import STEPS

PAGE = DOCS / "aws" / "doctor.md"


def render() -> str:
    """The page."""
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Doctor", "Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"},
            {"Sid": "DoctorsSmokeTest", "Effect": "Allow", "Action": list(SMOKE_ACTIONS), "Resource": "*"},
        ],
    }
    return filled("doctor.md", smoke=SMOKE, themes=THEMES, steps=STEPS, permissions=json.dumps(document, indent=2))
