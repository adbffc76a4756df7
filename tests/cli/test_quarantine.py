"""`loglake quarantine` on a kept run, and on an output of `loglake convert`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gluelocal.kept.keep import MARKER
from loglake.kernels.quarantine import QuarantineWriter
from loglake.kernels.readers.events import Fragment
from loglake.kernels.readers.raw_objects import UndecodedStretch
from loglake_cli.cli.app import app
from loglake_cli.operations.quarantine import readable

pytestmark = pytest.mark.unit

LAKE = "loglake-lake-123456789012-us-east-1"
PROGRAM = b"\x7fELF\x02\xff" + bytes(40)


def write(path: Path, *entries: tuple[str, Fragment]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = QuarantineWriter(str(path))
    for source, fragment in entries:
        writer.write(UndecodedStretch(source, fragment))
    writer.close()


@pytest.fixture
def keep(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    write(
        folder / LAKE / "quarantine/app_shop/dt=2026-11-21/a.jsonl.gz",
        ("exports/1.gz", Fragment(7, 100, b"caf\xc3\xa9\tmore\x1b[31m\nnext", "no timestamp before this text")),
        ("exports/1.gz", Fragment(9, 200, b"x", "no timestamp before this text")),
        ("exports/2.gz", Fragment(1, 0, b"", "the object is cut")),
    )
    write(
        folder / LAKE / "quarantine/_landing/b.jsonl.gz", ("landing/tool", Fragment(1, 0, PROGRAM, "a program (ELF)"))
    )
    (folder / MARKER).write_text("")
    for name in ("catalog", "ledger", "runs", "jobs"):
        (folder / f"{name}.json").write_text("{}")
    (folder / "keys.json").write_text(json.dumps({LAKE: []}))
    return folder


def loglake(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["quarantine", *arguments], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_list_counts_by_table_and_reason(keep: Path) -> None:
    found = json.loads(loglake("--lake", str(keep), "--json"))
    assert [(each["table"], each["entries"], each["objects"], each["reason"]) for each in found] == [
        ("_landing", 1, 1, "a program (ELF)"),
        ("app_shop", 2, 1, "no timestamp before this text"),
        ("app_shop", 1, 1, "the object is cut"),
    ]
    assert (found[1]["source"], found[1]["line"]) == ("exports/1.gz", 7)
    shown = loglake("app_shop", "--lake", str(keep))
    assert "exports/1.gz:7" in shown
    assert "_landing" not in shown
    assert loglake("other", "--lake", str(keep)) == "Nothing of other is in quarantine.\n"
    done = CliRunner().invoke(app, ["quarantine", "app_shp", "--lake", str(keep)])
    assert (done.exit_code, "did you mean app_shop?" in done.stderr) == (0, True)
    done = CliRunner().invoke(app, ["quarantine", "app_shop", "--reason", "other", "--lake", str(keep)])
    assert (done.exit_code, "did you mean" in done.stderr) == (0, False)


def test_an_entry_is_shown_with_its_place_and_its_bytes_readable(keep: Path) -> None:
    shown = loglake("--entries", "20", "--lake", str(keep))
    assert "exports/1.gz, line 7, 20 bytes\ncaf\u00e9\tmore\\u001b[31m\nnext\n" in shown
    assert "landing/tool, line 1, 46 bytes\n00000000  7f 45 4c 46 02 ff 00" in shown
    assert "(no bytes: the object ends here" in shown


def test_the_values_that_break_a_schema_setting_are_shown(keep: Path) -> None:
    writer = QuarantineWriter(str(keep / LAKE / "quarantine/app_pay.jsonl.gz"))
    reason = "breaks the schema: n does not fit bigint"
    writer.write(UndecodedStretch("exports/3.gz", Fragment(2, -1, b'{"n": "x"}', reason), {"n": '"x"'}))
    writer.close()
    shown = loglake("--entries", "9", "--lake", str(keep), "--reason", "schema")
    assert f'{reason}  (table app_pay.jsonl.gz)\nexports/3.gz, line 2, 10 bytes\nn: "x"\n{{"n": "x"}}\n' in shown
    assert json.loads(loglake("--entries", "9", "--lake", str(keep), "--reason", "schema", "--json"))[0]["values"] == {
        "n": '"x"'
    }


def test_what_is_shown_can_be_chosen(keep: Path) -> None:
    (entry,) = json.loads(loglake("--entries", "9", "--reason", "ELF", "--lake", str(keep), "--json"))
    assert (entry["table"], entry["line"], entry["base64"][:8]) == ("_landing", 1, "f0VMRgL/")
    assert len(json.loads(loglake("app_shop", "--entries", "1", "--lake", str(keep), "--json"))) == 1
    assert "These are the first 1: for more, give another --entries." in loglake("--entries", "1", "--lake", str(keep))
    assert "There is no such entry" in loglake("--entries", "9", "--reason", "other", "--lake", str(keep))


def test_what_convert_made_is_read_too(tmp_path: Path) -> None:
    write(tmp_path / "out/_quarantine/app/a.jsonl.gz", ("tool", Fragment(1, 0, PROGRAM, "a program (ELF)")))
    refused = CliRunner().invoke(app, ["quarantine", "--lake", str(tmp_path / "out")])
    assert (refused.exit_code, "has nothing of loglake" in refused.stderr) == (2, True)
    (tmp_path / "out/_converted/app").mkdir(parents=True)
    (tmp_path / "out/_converted/app/000001.json").write_text("{}")
    assert "a program (ELF)" in loglake("app", "--lake", str(tmp_path / "out"))


@pytest.mark.parametrize("content", [b"junk", b"\x1f\x8bcut", b"{}", b"[" * 50_000, b"\xff\n"])
def test_a_damaged_file_hides_no_other(keep: Path, content: bytes) -> None:
    (keep / LAKE / "quarantine/app_shop/dt=2026-11-21/0.jsonl.gz").write_bytes(content)
    found = json.loads(loglake("app_shop", "--lake", str(keep), "--json"))
    assert [each["entries"] for each in found] == [2, 1, 1]
    assert found[2]["reason"] == "this file of quarantine can't be read: `loglake verify` says what to do"
    assert found[2]["source"] == "quarantine/app_shop/dt=2026-11-21/0.jsonl.gz"
    loglake("app_shop", "--entries", "9", "--lake", str(keep))


def test_a_run_without_quarantine_says_so(keep: Path) -> None:
    for path in (keep / LAKE).rglob("*.gz"):
        path.unlink()
    assert loglake("--lake", str(keep)) == "Nothing is in quarantine.\n"


def test_a_cut_in_a_character_does_not_make_bytes_of_a_text() -> None:
    assert readable("a\u20ac".encode() * 10, 6) == ("a\u20aca", 5)
    assert readable(b"\xe2\x82", 10) == ("00000000  e2 82                                            ..", 2)
    dump, shown = readable(b"\xff" * 5000, 2000)
    assert (len(dump.splitlines()), shown) == (16, 256)  # the output stays short
