"""Counting statements."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.statements import main, statements

pytestmark = pytest.mark.infra


def test_nested_statements_count_and_comments_do_not(tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "a.py").write_text(
        '"""A docstring is one."""\n\n\ndef f():  # a comment is none\n    if 1:\n        return 2\n'
    )
    (house / "b").mkdir()
    (house / "b" / "c.py").write_text("x = 1; y = 2\n")
    assert statements(house) == {"house": 4, "house/b": 2}


def test_deep_packages_count_for_the_one_that_they_are_in(tmp_path: Path) -> None:
    deep = tmp_path / "house" / "product" / "core" / "ledger"
    deep.mkdir(parents=True)
    (deep / "row.py").write_text("x = 1\n")
    (deep.parent / "keys.py").write_text("x = 1\n")
    assert statements(tmp_path / "house") == {"house/product/core": 2}


def test_each_package_is_printed_and_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for house in ("glue_jobs", "infra"):
        (tmp_path / house).mkdir()
        (tmp_path / house / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(sys, "argv", ["statements", str(tmp_path / "glue_jobs"), str(tmp_path / "infra")])
    main()
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["glue_jobs", "1"],
        ["infra", "1"],
        ["all", "2"],
    ]
