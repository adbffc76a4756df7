"""Nothing that a command prints controls the terminal, and what a program reads is exact."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text
from rich.tree import Tree
from support.athena_duckdb.kept_runs import kept_app
from support.deployments.operated import loglake
from support.local.commands import LOGLAKE

from gluelocal.shown_stream import ShownStream, exact
from loglake_cli.cli.shared.output import console

pytestmark = pytest.mark.unit

CONTROLS = [chr(code) for code in (*range(9), *range(11, 32), *range(127, 160), 0x061C, 0x200E, 0x200F)]
CONTROLS += [chr(code) for code in (*range(0x2028, 0x202F), *range(0x2066, 0x206A))]
CLIPBOARD = "\x1b]52;c;aGVsbG8=\x07"
"""Writes into the clipboard, in terminals that let programs do so (xterm, OSC 52)."""
TITLE, CLEAR, C1, TURNED = "\x1b]0;taken\x1b\\", "\x1b[2J\x1b[H", "\x9b31m", "a\u202eb\u2066c"
HOSTILE = f"{CLIPBOARD}{TITLE}{CLEAR}{C1}{TURNED}\r\x08"
SQL_TEXT = " || ".join(f"chr({ord(each)})" for each in HOSTILE)
OWN = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[\d*[AK]|\x1b\[2K|\r(?=[\x1b\n])")
"""What rich writes: colours, the cursor hidden or shown or moved up, and a line that is erased."""

DEFECT = f"""
from loglake_cli.cli import app
from gluelocal.shown_stream import show_all

def broken():
    show_all()
    raise ValueError({HOSTILE!r})

app.app = broken
app.main()
"""
"""A command that has a defect."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept_app(tmp_path_factory.mktemp("run") / "kept")


def controls(text: str) -> set[str]:
    return {each for each in text if each in CONTROLS}


def in_a_terminal(command: list[str], cwd: Path) -> str:
    """What a command writes to a terminal, with rich's own codes removed."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "150"}
    with subprocess.Popen(command, cwd=cwd, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: nobody has its other end open any more
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    return OWN.sub("", written.decode().replace("\r\n", "\n"))


@pytest.mark.parametrize("control", CONTROLS, ids=lambda each: f"{ord(each):04x}")
def test_each_control_character_is_written_out(control: str) -> None:
    out = io.StringIO()
    assert ShownStream(out).write(f"a{control}b\tc\nd\r\n") > 0
    assert out.getvalue() == f"a\\u{ord(control):04x}b\tc\nd\r\n"


def test_words_of_all_languages_stay() -> None:
    text = "café, 日本　語, עברית, العربية, 👩‍👧, e\u0301, NBSP\u00a0, C:\\u001b"
    out = io.StringIO()
    print(text, file=ShownStream(out))
    assert out.getvalue() == f"{text}\n"


def test_half_a_surrogate_pair_is_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    print("\udc80", file=ShownStream(sys.stdout))
    assert capsys.readouterr().out == "\\udc80\n"


def test_json_keeps_its_meaning() -> None:
    value = {"".join(CONTROLS): ["".join(CONTROLS), "\\u001b"]}
    for ascii_only in (True, False):
        out = io.StringIO()
        ShownStream(out).write(json.dumps(value, ensure_ascii=ascii_only))
        assert json.loads(out.getvalue()) == value
        assert not controls(out.getvalue())


def test_a_console_writes_its_own_colours_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", ShownStream(out))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    to = console()
    tree = Tree(Text(HOSTILE, style="red"))
    tree.add(f"[link=https://evil.example]{HOSTILE}[/link] :warning:")
    to.print(HOSTILE)
    to.print(tree)
    written = out.getvalue()
    assert "\x1b[31m" in written
    assert "[link=https://evil.example]" in written  # brackets of a text are no markup
    assert ":warning:" in written
    assert not controls(OWN.sub("", written))


def test_a_table_shows_them_in_its_columns(kept: Path) -> None:
    sql = f'SELECT {SQL_TEXT} AS "x\x1b[31m", n, text FROM app'
    done = loglake("query", sql, "--lake", str(kept))
    assert done.exit_code == 0, done.output
    assert not controls(done.stdout + done.stderr)
    head, row = (line.split() for line in done.stdout.splitlines())
    assert head[0] == "x\\u001b[31m"
    written = "".join(f"\\u{ord(each):04x}" if each in CONTROLS else each for each in HOSTILE)
    assert row == [written, "1", "x"]


def test_json_and_csv_are_exact(kept: Path, tmp_path: Path) -> None:
    ask = ("query", f"SELECT {SQL_TEXT} AS text FROM app", "--lake", str(kept))
    (row,) = json.loads(loglake(*ask, "--json").stdout)
    assert row["text"] == HOSTILE
    written = subprocess.run([*LOGLAKE, *ask, "--as", "csv"], capture_output=True, check=True, timeout=120).stdout
    assert [*csv.reader(io.StringIO(written.decode(), newline=""))] == [["text"], [HOSTILE]]
    assert loglake(*ask, "--into", str(tmp_path / "all.csv")).exit_code == 0
    assert (tmp_path / "all.csv").read_bytes() == written


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_terminal_gets_none_of_them(kept: Path, tmp_path: Path, form: str) -> None:
    ask = ("query", f"SELECT {SQL_TEXT} AS text FROM app", "--lake", str(kept), "--as", form)
    written = in_a_terminal([*LOGLAKE, *ask], tmp_path)
    assert "\\u001b]52;c;aGVsbG8=\\u0007" in written
    assert not controls(written)


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", f'SELECT "{CLIPBOARD}" FROM app'),
        ("convert", f"no/{HOSTILE}", "out"),
        ("status", f"--{HOSTILE}"),
        (f"no-{HOSTILE}",),
        ("schema", "show", "app", "--lake", f"no/{HOSTILE}"),
        ("formats", "try", f"no/{HOSTILE}"),
        ("local", "run", "--logs", f"no/{HOSTILE}", "--log-group", "/a"),
    ],
    ids=lambda each: " ".join(each[:2]).encode("unicode_escape").decode()[:20],
)
def test_no_error_has_any(kept: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.chdir(kept.parent)
    keep = ("--lake", str(kept)) if arguments[0] == "query" else ()
    done = loglake(*arguments, *keep)
    assert done.exit_code == 2
    assert not controls(done.output)
    assert re.search(r"\\(u00|x)1b\]", done.output)  # typer quotes names as Python does


def test_a_traceback_has_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DEFECT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)
    assert done.returncode == 1
    assert "ValueError: \\u001b]52" in done.stderr
    assert not controls(done.stderr)
    written = in_a_terminal(command, tmp_path)
    assert "ValueError: \\u001b]52" in written
    assert "\\u001b[3" not in written  # no colour of Python's own that is written out


def test_only_a_terminal_gets_shown_csv(capsys: pytest.CaptureFixture[str]) -> None:
    exact(ShownStream(sys.stdout)).write("\x1b")  # type: ignore[arg-type]
    assert capsys.readouterr().out == "\x1b"
