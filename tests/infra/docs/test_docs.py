"""The pages that are generated from the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest

from infra.docs import cost, export_errors, formats, pages, scale
from infra.docs.formats import example_row
from loglake.core.export_errors.rule import Rule
from loglake.core.export_errors.table import RULES
from loglake.core.schema.datasets import FORMATS as NAMED
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.registry import FORMATS

pytestmark = pytest.mark.infra

DESCRIBED = formats.described()


@pytest.mark.parametrize("each", DESCRIBED, ids=[each.id for each in DESCRIBED])
def test_an_example_becomes_a_row(each: Format) -> None:
    row = json.loads(example_row(each))
    if each.id == "text":
        assert row["message"]
    else:  # some have columns, and no message of their own
        assert row.keys() - {"message", "level"}


def test_the_page_of_formats_is_what_the_code_says() -> None:
    assert formats.PAGE.read_text("utf-8") == formats.render(), "docs/start/formats.md is stale: run `make docs`"


def test_every_format_that_a_dataset_may_name_is_described() -> None:
    headings = re.findall(r"^## (\w+)$", formats.render(), re.MULTILINE)
    assert set(headings) == set(NAMED) - {"auto"}
    assert headings == [each.id for each in DESCRIBED]


@pytest.mark.parametrize("each", DESCRIBED, ids=lambda each: str(each.id))
def test_an_example_is_recognised_and_has_the_fields_that_are_said(each: Format) -> None:
    raw = pa.array([each.about.example])
    assert each.matches(raw).to_pylist() == [True]
    if each.id in FORMATS:
        assert next(name for name, other in FORMATS.items() if other.matches(raw)[0].as_py()) == each.id
    inferred = {path[0]: seen for path, seen in each.infer_types(raw).items()}
    always = dict(each.about.fields)
    assert {name: inferred[name] for name in always} == always
    if each.about.note:
        return
    said = {**always, **each.about.rare}
    assert inferred == {name: said[name] for name in inferred}


@pytest.mark.parametrize("each", DESCRIBED, ids=lambda each: str(each.id))
def test_what_is_said_is_sentences(each: Format) -> None:
    about = each.about
    assert about.title
    assert not about.title.endswith(".")
    for text in filter(None, (about.detection, about.level, about.note)):
        assert text[0].isupper(), text
        assert text.endswith("."), text


def test_the_page_of_errors_is_what_the_code_says() -> None:
    assert export_errors.PAGE.read_text("utf-8") == export_errors.render(), (
        "docs/aws/export-errors.md is stale: `make docs`"
    )


def test_every_error_is_on_the_page_once_under_a_heading_of_its_own() -> None:
    headings = re.findall(r"^### (.+)$", export_errors.render(), re.MULTILINE)
    assert len(headings) == len(set(headings)) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.meaning[:40]))
def test_what_is_said_of_an_error_is_sentences(rule: Rule) -> None:
    for text in filter(None, (rule.meaning, rule.next)):
        assert text[0].isupper(), text
        assert text.endswith((".", "…")), text


def test_the_page_of_costs_is_what_the_code_says() -> None:
    assert cost.PAGE.read_text("utf-8") == cost.render(), "docs/aws/cost.md is stale: `make docs`"


def test_the_page_of_scale_is_what_the_code_says() -> None:
    assert scale.PAGE.read_text("utf-8") == scale.render(), "docs/understand/scale.md is stale: `make docs`"


@pytest.mark.parametrize(
    "page", [formats, export_errors, cost, scale], ids=["formats", "export-errors", "cost", "scale"]
)
def test_a_page_is_written_where_it_is_read(page: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "docs" / "page.md"
    monkeypatch.setattr(page, "PAGE", written)
    pages.write(page)
    assert written.read_text("utf-8") == page.render()
