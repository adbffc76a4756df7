"""Counting statements."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from infra.statements import main, statements

pytestmark = pytest.mark.infra


def test_nested_statements_count_and_comments_do_not(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        '"""A docstring is one."""\n\n\ndef f():  # a comment is none\n    if 1:\n        return 2\n'
    )
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.py").write_text("x = 1; y = 2\n")
    assert statements(tmp_path) == 6


def test_each_folder_is_printed_and_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(sys, "argv", ["statements", str(tmp_path), str(tmp_path)])
    main()
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[-1:]] == ["1"]
