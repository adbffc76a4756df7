"""Ordinary log files, converted with the real kernels: times, levels, first and last row of each."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from support.logs.ordinary_files import Ordinary, convert, lines, rows, table, write

pytestmark = pytest.mark.unit

BERLIN = "Europe/Berlin"


PLAIN = lines(
    "2026-11-20 10:00:00,001 INFO  [main] shop.Orders: started",
    "2026-11-20 10:00:01,002 ERROR [main] shop.Orders: boom",
    "java.lang.IllegalStateException: no stock",
    "\tat shop.Orders.place(Orders.java:7)",
    "Caused by: java.io.IOException: closed",
    "\t... 3 more",
    "2026-11-20 10:00:02,003 WARN  [main] shop.Orders: slow",
)
PLAIN_ROWS = [
    ("2026-11-20T10:00:00.001", "INFO"),
    ("2026-11-20T10:00:01.002", "ERROR"),
    ("2026-11-20T10:00:02.003", "WARN"),
]

FILES = (
    Ordinary("log4j", PLAIN, PLAIN_ROWS, "started", "slow"),
    Ordinary(
        "python",
        lines(
            "2026-11-20 10:00:00,001 - shop - INFO - started",
            "2026-11-20 10:00:01,002 - shop - ERROR - boom",
            "Traceback (most recent call last):",
            '  File "shop.py", line 7, in place',
            "KeyError: 17",
            "2026-11-20 10:00:02,003 - shop - WARNING - slow",
        ),
        PLAIN_ROWS,
        "started",
        "slow",
    ),
    Ordinary(
        "json",
        lines(
            '{"timestamp": "2026-11-20T10:00:00.001Z", "level": "info", "message": "started"}',
            '{"timestamp": "2026-11-20T11:00:01.002+01:00", "level": "error", "message": "boom", "order": {"id": 17}}',
        ),
        [("2026-11-20T10:00:00.001", "INFO"), ("2026-11-20T10:00:01.002", "ERROR")],
        "started",
        "boom",
    ),
    Ordinary(
        "zap",
        lines(
            '{"level":"info","ts":1795168800.001,"msg":"started"}',
            "panic: boom",
            "",
            "goroutine 1 [running]:",
            "main.main()",
            "\t/shop/main.go:7 +0x1d",
            '{"level":"warn","ts":1795168802.003,"msg":"slow"}',
        ),
        [
            ("2026-11-20T10:00:00.001", "INFO"),
            ("2026-11-20T10:00:00.001", "FATAL"),
            ("2026-11-20T10:00:02.003", "WARN"),
        ],
        "started",
        "slow",
    ),
    Ordinary(
        "pretty",
        lines(
            *(
                json.dumps({"@timestamp": f"2026-11-20T10:00:0{n}Z", "level": "INFO", "message": f"m{n}"}, indent=2)
                for n in range(3)
            )
        ),
        [(f"2026-11-20T10:00:0{n}.000", "INFO") for n in range(3)],
        "m0",
        "m2",
    ),
    Ordinary(
        "docker_json",
        lines(
            '{"log":"started\\n","stream":"stdout","time":"2026-11-20T10:00:00.001234567Z"}',
            '{"log":"boom\\n","stream":"stderr","time":"2026-11-20T10:00:01.002345678Z"}',
        ),
        [("2026-11-20T10:00:00.001", None), ("2026-11-20T10:00:01.002", None)],
        "started",
        "boom",
    ),
    Ordinary(
        "cri",
        lines(
            "2026-11-20T10:00:00.001234567Z stdout F started",
            "2026-11-20T10:00:01.002345678+01:00 stderr F ERROR boom",
        ),
        [("2026-11-20T09:00:01.002", "ERROR"), ("2026-11-20T10:00:00.001", None)],
        "ERROR boom",
        "started",
    ),
    Ordinary(
        "cri_partial",
        lines(
            "2026-11-20T10:00:00.001000000Z stdout P a lo",
            "2026-11-20T10:00:00.002000000Z stdout P ng li",
            "2026-11-20T10:00:00.003000000Z stdout F ne",
            "2026-11-20T10:00:00.004000000Z stderr F next",
        ),
        [("2026-11-20T10:00:00.001", None), ("2026-11-20T10:00:00.004", None)],
        "a long line",
        "next",
    ),
    Ordinary(
        "klog",
        lines(
            "I1120 10:00:00.001000   17 main.go:7] started",
            "E1120 10:00:01.002000   17 main.go:8] boom",
        ),
        [("2026-11-20T10:00:00.001", "INFO"), ("2026-11-20T10:00:01.002", "ERROR")],
        "started",
        "boom",
    ),
    Ordinary(
        "rails",
        lines(
            "I, [2026-11-20T10:00:00.001234 #17]  INFO -- : Started",
            "E, [2026-11-20T10:00:01.002345 #17] ERROR -- : ",
            "ActionController::RoutingError (No route matches):",
            "  app/x.rb:7",
        ),
        [("2026-11-20T10:00:00.001", "INFO"), ("2026-11-20T10:00:01.002", "ERROR")],
        "Started",
        "ActionController::RoutingError",
    ),
    Ordinary(
        "go",
        lines("2026/11/20 10:00:00 started", "2026/11/20 10:00:01 shop.go:7: boom"),
        [("2026-11-20T10:00:00.000", None), ("2026-11-20T10:00:01.000", None)],
        "started",
        "boom",
    ),
    Ordinary(
        "syslog",
        lines(
            "Nov 20 10:00:00 web-1 sshd[17]: Accepted publickey",
            "Nov 20 10:00:01 web-1 kernel: eth0 up",
        ),
        [("2026-11-20T10:00:00.000", None), ("2026-11-20T10:00:01.000", None)],
        "Accepted publickey",
        "eth0 up",
    ),
    Ordinary(
        "access",
        lines(
            '192.0.2.1 - - [20/Nov/2026:11:00:00 +0100] "GET / HTTP/1.1" 200 17 "-" "curl/8"',
            '192.0.2.1 - - [20/Nov/2026:11:00:01 +0100] "GET /x HTTP/1.1" 404 17 "-" "curl/8"',
        ),
        [("2026-11-20T10:00:00.000", None), ("2026-11-20T10:00:01.000", None)],
        "GET / HTTP/1.1",
        "GET /x HTTP/1.1",
    ),
    Ordinary(
        "apache_error",
        lines(
            "[Fri Nov 20 10:00:00 2026] [notice] started",
            "[Fri Nov 20 10:00:01 2026] [error] boom",
        ),
        [("2026-11-20T10:00:00.000", "INFO"), ("2026-11-20T10:00:01.000", "ERROR")],
        "started",
        "boom",
    ),
    Ordinary(
        "postgres",
        lines(
            "2026-11-20 11:00:00.001 CET [17] LOG:  statement: SELECT a",
            "FROM b",
            "WHERE c = 1",
            "2026-11-20 11:00:01.002 CET [17] ERROR:  boom",
        ),
        [("2026-11-20T10:00:00.001", "INFO"), ("2026-11-20T10:00:01.002", "ERROR")],
        "statement: SELECT a",
        "boom",
    ),
    Ordinary(
        "logfmt",
        lines(
            'ts=2026-11-20T10:00:00.001Z level=info msg="started" port=80',
            'ts=2026-11-20T10:00:01.002Z level=error msg="boom" port=80',
        ),
        [("2026-11-20T10:00:00.001", "INFO"), ("2026-11-20T10:00:01.002", "ERROR")],
        "started",
        "boom",
    ),
    Ordinary(
        "local_times",
        lines("2026-07-20 12:00:00 ERROR in summer", "2026-11-20 11:00:00 INFO in winter"),
        [("2026-07-20T10:00:00.000", "ERROR"), ("2026-11-20T10:00:00.000", "INFO")],
        "in summer",
        "in winter",
        timezone=BERLIN,
    ),
    Ordinary(
        "no_times",
        lines("INFO started", "ERROR boom", "KeyError: 17", "  indented"),
        [("2026-11-21T08:30:00.000", "INFO"), ("2026-11-21T08:30:00.000", "ERROR")],
        "INFO started",
        "ERROR boom",
        made_up=True,
    ),
    Ordinary("utf16", PLAIN.replace("\n", "\r\n").encode("utf-16"), PLAIN_ROWS, "started", "slow"),
    Ordinary("gzip", gzip.compress(PLAIN.encode()), PLAIN_ROWS, "started", "slow"),
    Ordinary("bzip2", bz2.compress(PLAIN.encode()), PLAIN_ROWS, "started", "slow"),
    Ordinary("zstd", bytes(pa.compress(PLAIN.encode(), codec="zstd", asbytes=True)), PLAIN_ROWS, "started", "slow"),
)


@pytest.mark.parametrize("ordinary", FILES, ids=lambda each: each.name)
def test_an_ordinary_file_becomes_the_right_rows(ordinary: Ordinary, tmp_path: Path) -> None:
    ordinary.check(tmp_path)


def test_raw_has_each_file_whole(tmp_path: Path) -> None:
    for ordinary in FILES:
        if isinstance(ordinary.body, str):
            write(tmp_path / "in", f"{ordinary.name}.log", ordinary.body)
    report = convert(tmp_path / "in", tmp_path / "out")
    assert (report.accounting.quarantined, report.accounting.balanced) == (0, True)
    found = table(tmp_path / "out")
    for ordinary in FILES:
        if isinstance(ordinary.body, str):
            mine = found.filter(pc.field("_source") == f"{ordinary.name}.log").sort_by("_line")
            assert "".join(f"{raw}\n" for raw in mine.column("raw").to_pylist()) == ordinary.body


def archived(name: str, mode: str) -> bytes:
    """A tar archive with a log."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode) as archive:  # type: ignore[call-overload]  # mode is no literal
        entry = tarfile.TarInfo(name)
        entry.size = len(PLAIN)
        archive.addfile(entry, io.BytesIO(PLAIN.encode()))
    return sink.getvalue()


def database(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE a (x)")
        made.commit()
    return path.read_bytes()


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("app.log", PLAIN)
    return sink.getvalue()


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)


def mixed(folder: Path) -> dict[str, bytes]:
    """What is not a log, by name."""
    return {
        "shot.png": PNG,
        "shot.png.gz": gzip.compress(PNG),
        "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        "logs.zip": zipped(),
        "logs.tar": archived("app.log", "w:"),
        "logs.tgz": archived("app.log", "w:gz"),
        "logs.tar.bz2": archived("app.log", "w:bz2"),
        "app.log.xz": lzma.compress(PLAIN.encode()),
        "data.sqlite": database(folder / "made.sqlite"),
        "program": b"\x7fELF\x02\x01\x01\0\0",
        "zeros.bin": bytes(100_000),
        "below/.DS_Store": b"\0\0\0\1Bud1",
    }


def test_nothing_is_done_to_what_is_not_a_log(tmp_path: Path) -> None:
    others = mixed(tmp_path)
    for name, body in others.items():
        write((tmp_path / "in" / name).parent, Path(name).name, body)
    write(tmp_path / "in", "app.log", PLAIN)
    write(tmp_path / "in", "app.log.gz", gzip.compress(PLAIN.encode()))
    write(tmp_path / "in", "utf16.log", PLAIN.encode("utf-16"))
    write(tmp_path / "in", "empty.log", "")
    write(tmp_path / "in", "empty.gz", gzip.compress(b""))
    before = {path: path.read_bytes() for path in (tmp_path / "in").rglob("*") if path.is_file()}
    report = convert(tmp_path / "in", tmp_path / "out")
    assert report.to_json()["skipped"].keys() == {*others, "empty.log", "empty.gz"}
    assert report.problems() == [
        "skipped, since it is a JPEG image, not a log: photo.jpg",
        "skipped, since it is a PNG image, not a log: shot.png, shot.png.gz",
        "skipped, since it is a program (ELF), not a log: program",
        "skipped, since it is a tar archive, not a log; unpack it first: logs.tar, logs.tar.bz2, logs.tgz",
        "skipped, since it is a zip archive, not a log; unpack it first: logs.zip",
        "skipped, since it is an SQLite database, not a log: data.sqlite",
        "skipped, since it is binary data, not a log: below/.DS_Store, zeros.bin",
        "skipped, since it is xz, not a log; unpack it first: app.log.xz",
    ]
    assert report.notes()[0] == "skipped, since it is empty, not a log: empty.gz, empty.log"
    assert (report.objects, report.accounting.events_in, report.accounting.quarantined) == (3, 9, 0)
    assert rows(tmp_path / "out") == sorted(PLAIN_ROWS * 3)
    assert not (tmp_path / "out" / "_quarantine").exists()
    assert {path: path.read_bytes() for path in before} == before
    again = convert(tmp_path / "in", tmp_path / "out")
    assert (again.objects, again.done, again.skipped, again.problems()) == (0, 3, report.skipped, report.problems())


@pytest.mark.parametrize("word", ["ORC", "MZ", "PAR1", "GIF8"])
def test_a_log_that_begins_with_a_word_as_a_program_does_is_read(tmp_path: Path, word: str) -> None:
    write(
        tmp_path / "in",
        "app.log",
        f"{word} worker 2026-11-20T08:00:00Z started\n{word} worker 2026-11-20T08:00:01Z ended\n",
    )
    report = convert(tmp_path / "in", tmp_path / "out")
    assert (report.skipped, report.accounting.rows_out) == ({}, 2)
    write(tmp_path / "in", "other", word.encode() + bytes(20))
    assert convert(tmp_path / "in", tmp_path / "out").skipped.keys() == {"other"}


def test_what_is_damaged_is_not_called_something_else(tmp_path: Path) -> None:
    whole = gzip.compress(random.Random(7).randbytes(10_000))
    write(tmp_path / "in", "cut.gz", whole[:-50])
    write(tmp_path / "in", "wrong.gz", whole[:-8] + bytes(8))
    report = convert(tmp_path / "in", tmp_path / "out")
    assert report.skipped == {}
    assert report.to_json()["undecoded"].keys() == {"cut.gz", "wrong.gz"}


def test_a_folder_without_a_log_has_no_table(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path / "in", f"{number:02}.png", PNG)
    report = convert(tmp_path / "in", tmp_path / "out")
    names = ", ".join(f"{number:02}.png" for number in range(10))
    assert report.problems() == [f"skipped, since it is a PNG image, not a log: {names} and 2 more"]
    assert not (tmp_path / "out").exists()


def test_what_was_no_log_is_read_once_it_is_one(tmp_path: Path) -> None:
    write(tmp_path / "in", "app.log", PNG)
    assert convert(tmp_path / "in", tmp_path / "out").objects == 0
    write(tmp_path / "in", "app.log", PLAIN)
    report = convert(tmp_path / "in", tmp_path / "out")
    assert (report.objects, report.skipped, rows(tmp_path / "out")) == (1, {}, PLAIN_ROWS)


def test_a_damaged_file_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "in", "app.log", PLAIN)
    write(tmp_path / "in", "cut.gz", gzip.compress(PLAIN.encode() * 1000)[:-50])
    report = convert(tmp_path / "in", tmp_path / "out")
    assert [problem.partition(": ")[2] for problem in report.problems()] == [
        "cut.gz: it ends in the middle of a gzip member",
    ]
    assert report.outcome.value == "partial"
    assert rows(tmp_path / "out").count(PLAIN_ROWS[0]) > 100
    assert report.to_json()["undecoded"].keys() == {"cut.gz"}
    again = convert(tmp_path / "in", tmp_path / "out")
    assert (again.objects, again.done) == (0, 2)
    assert "1 stretch is not in the table" in again.problems()[0]


def test_another_time_zone_converts_again_and_the_same_does_not(tmp_path: Path) -> None:
    write(tmp_path / "in", "app.log", PLAIN)
    convert(tmp_path / "in", tmp_path / "out")
    assert convert(tmp_path / "in", tmp_path / "out", BERLIN).objects == 1
    assert rows(tmp_path / "out")[0] == ("2026-11-20T09:00:00.001", "INFO")
    assert convert(tmp_path / "in", tmp_path / "out", BERLIN).objects == 0
    assert convert(tmp_path / "in", tmp_path / "out").objects == 0
