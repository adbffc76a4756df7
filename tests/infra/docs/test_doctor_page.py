"""docs/aws/doctor.md matches the code, and the assumptions of the first deployment name existing checks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from infra.docs import doctor
from loglake_cli.operations.doctor.examination import CHECKS
from loglake_cli.operations.doctor.finding import Check
from loglake_cli.operations.doctor.smoke.run import STEPS

pytestmark = pytest.mark.infra

ALL: list[Check[Any]] = [*CHECKS, *STEPS]
IDS = [each.id for each in ALL]
FIRST = (Path(__file__).parents[3] / "docs" / "aws" / "first-deployment.md").read_text("utf-8")


def test_the_page_is_what_the_code_says() -> None:
    assert doctor.PAGE.read_text("utf-8") == doctor.render(), "docs/aws/doctor.md is stale: run `make docs`"


def test_each_check_has_an_id_of_its_own_and_sentences() -> None:
    assert len(set(IDS)) == len(IDS)
    for each in ALL:
        assert re.fullmatch(r"[a-z][a-z-]*", each.id)
        for text in (each.confirms, each.why):
            assert text[0].isupper(), text
            assert text.rstrip('"').endswith((".", ")")), text


def test_each_assumption_of_the_first_deployment_names_checks_that_there_are() -> None:
    table = FIRST[FIRST.index("| what is assumed |") :].split("\n\n")[0].splitlines()
    column = [line.split(" | ")[1] for line in table[2:]]
    assert len(column) > 20
    for cell in column:
        named = re.findall(r"`([a-z-]+)`", cell)
        assert named, cell
        assert set(named) <= set(IDS), cell
