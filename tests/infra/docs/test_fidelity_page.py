"""docs/reference/fidelity.md matches the conformance tests."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from infra.docs import fidelity, pages

pytestmark = pytest.mark.infra

GOOD = '"""Title"""\nHERE = "a page, "\n@rule("One.", HERE + "part", differs="Two.")\ndef test_one(): ...\n'


def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "test_x.py").write_text(text)
    monkeypatch.setattr(fidelity, "SUITES", (tmp_path,))
    monkeypatch.setattr(fidelity, "PAGE", tmp_path / "docs" / "fidelity.md")


def test_the_page_is_what_the_tests_say() -> None:
    assert fidelity.PAGE.read_text("utf-8") == fidelity.render(), "docs/reference/fidelity.md is stale: run `make docs`"


def test_every_rule_is_a_sentence_with_a_source_and_is_there_once() -> None:
    rules = [rule for area in fidelity.areas() for rule in area.rules]
    assert len(rules) > 100
    for rule in rules:
        assert rule.source, rule
        assert rule.text.endswith((".", "…")), rule
        assert not rule.differs or rule.differs.endswith("."), rule
    assert [text for text, count in Counter(rule.text for rule in rules).items() if count > 1] == []


def test_every_area_has_a_title() -> None:
    assert all(area.title and area.rules for area in fidelity.areas())


def test_a_difference_is_listed_and_in_its_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite(tmp_path, monkeypatch, GOOD)
    pages.write(fidelity)
    page = fidelity.PAGE.read_text("utf-8")
    assert "1 rules: 0 hold, 1 differ." in page
    assert "- Title: One. **Here:** Two." in page
    assert "| One. | a page, part | differs |" in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"""T"""\ndef test_one(): ...\n', r"test_x\.py: test_one has no rule"),
        ('"""T"""\n@rule("One.", f"{x}")\ndef test_one(): ...\n', "is not made of plain texts"),
        ('"""T"""\n@rule("One.")\ndef test_one(): ...\n', "is not made of plain texts: .*'source'"),
    ],
)
def test_a_test_without_a_rule_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, sentence: str
) -> None:
    suite(tmp_path, monkeypatch, text)
    with pytest.raises(ValueError, match=sentence):
        fidelity.render()
