"""The pages that are written from the code."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from glue_jobs.core.datasets import FORMATS as NAMED
from glue_jobs.kernels.formats.base import Format
from glue_jobs.kernels.formats.registry import FORMATS
from infra.docs import formats

pytestmark = pytest.mark.infra

DESCRIBED = formats.described()


def test_the_page_of_formats_is_what_the_code_says() -> None:
    assert formats.PAGE.read_text("utf-8") == formats.render(), "docs/formats.md is stale: run `make docs`"


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
    observed = {path[0]: seen for path, seen in each.observe(raw).items()}
    always = dict(each.about.fields)
    assert {name: observed[name] for name in always} == always
    if each.about.note:
        return
    said = {**always, **each.about.rare}
    assert observed == {name: said[name] for name in observed}


@pytest.mark.parametrize("each", DESCRIBED, ids=lambda each: str(each.id))
def test_what_is_said_is_sentences(each: Format) -> None:
    about = each.about
    assert about.title
    assert not about.title.endswith(".")
    for text in filter(None, (about.detection, about.level, about.note)):
        assert text[0].isupper(), text
        assert text.endswith("."), text


def test_the_page_is_written_where_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "docs" / "formats.md"
    monkeypatch.setattr(formats, "PAGE", page)
    formats.main()
    assert page.read_text("utf-8") == formats.render()
