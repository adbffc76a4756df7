"""Text files as log events: boundaries, exact text, timestamps, and what is refused."""

from __future__ import annotations

import errno
import gzip
import os
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglake.core.units import MS_PER_HOUR, format_instant, to_ms
from loglake.errors import ConfigError
from loglake_cli.local.inputs.log_files import log_files, read_log_file, spread

pytestmark = pytest.mark.unit

NOW = to_ms(datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc))
LOGHUB = Path(__file__).parents[4] / "shared" / "data" / "loghub"


def read(tmp_path: Path, content: bytes | str, now_ms: int = NOW) -> list[tuple[int | None, str]]:
    path = tmp_path / "some.log"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_log_file(path, now_ms)


@pytest.mark.parametrize(
    ("line", "instant"),
    [
        ("2015-10-18 18:01:47,978 INFO x", "2015-10-18T18:01:47.978Z"),
        ("2015-10-18T18:01:47.978123Z x", "2015-10-18T18:01:47.978Z"),
        ("2015-10-18T18:01:47+02:00 x", "2015-10-18T16:01:47.000Z"),
        ("2015-10-18 18:01:47 -0530 x", "2015-10-18T23:31:47.000Z"),
        ("[2015-10-18 18:01:47.5] x", "2015-10-18T18:01:47.500Z"),
        ("17/06/09 20:10:40 INFO x", "2017-06-09T20:10:40.000Z"),
        ("Dec 10 06:55:46 host x", "2025-12-10T06:55:46.000Z"),
        ("Nov 21 08:30:00 host now", "2026-11-21T08:30:00.000Z"),
        ("Nov 21 08:30:01 host not in the future", "2025-11-21T08:30:01.000Z"),
        ("<34>Oct  1 22:14:15 host x", "2026-10-01T22:14:15.000Z"),
        ("Feb 29 00:00:00 host x", "2024-02-29T00:00:00.000Z"),
        ("[Sun Dec 04 04:47:44 2005] [notice] x", "2005-12-04T04:47:44.000Z"),
        ("[Sun Dec 04 04:47:44.123456 2005] [core:notice] x", "2005-12-04T04:47:44.123Z"),
        ("[10/Oct/2000:13:55:36 -0700] x", "2000-10-10T20:55:36.000Z"),
        ('127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1', "2000-10-10T20:55:36.000Z"),
    ],
)
def test_timestamps(tmp_path: Path, line: str, instant: str) -> None:
    ((timestamp, text),) = read(tmp_path, line + "\n")

    assert timestamp is not None
    assert format_instant(timestamp) == instant
    assert text == line


@pytest.mark.parametrize(
    "line",
    [
        "no timestamp",
        "on 2015-10-18 18:01:47 later",
        "2015-13-18 18:01:47 x",
        "Feb 30 00:00:00 x",
        "17/06/09",
        "12:00:00",
    ],
)
def test_no_timestamp(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, line) == [(None, line)]


def test_a_year_turns_inside_a_file_without_years(tmp_path: Path) -> None:
    events = read(
        tmp_path, "Dec 30 23:00:00 a\nDec 31 23:59:59 b\nJan  1 00:00:01 c\nJan  1 00:00:00 d\nMar  3 00:00:00 e"
    )

    assert [format_instant(timestamp)[:19] for timestamp, _ in events if timestamp] == [
        "2025-12-30T23:00:00",
        "2025-12-31T23:59:59",
        "2026-01-01T00:00:01",
        "2026-01-01T00:00:00",
        "2026-03-03T00:00:00",
    ]


def test_indented_and_empty_lines_belong_to_the_event_before(tmp_path: Path) -> None:
    events = read(tmp_path, "2015-10-18 18:01:47,978 boom\n\tat x\n\n  at y\nnext\n\n")

    assert [text for _, text in events] == ["2015-10-18 18:01:47,978 boom\n\tat x\n\n  at y", "next\n"]


def test_a_file_may_start_with_an_indented_line(tmp_path: Path) -> None:
    assert [text for _, text in read(tmp_path, "\n  x\ny")] == ["\n  x", "y"]


def test_text_is_exact(tmp_path: Path) -> None:
    assert read(tmp_path, b"a\tb \r\nc\x0bd\xe2\x80\xa8e\x85\n\xff\xfe") == [
        (None, "a\tb \r"),
        (None, "c\x0bd\u2028e\ufffd"),
        (None, "\ufffd\ufffd"),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_no_character_is_lost(tmp_path: Path, text: str) -> None:
    events = read(tmp_path, text)

    assert "\n".join(event for _, event in events) == text.removesuffix("\n")


def test_events_without_a_timestamp_are_spread_over_the_last_hour() -> None:
    events = spread([(None, "a"), (5, "old"), (None, "b"), (None, "c"), (None, "d")], NOW)

    assert events == [
        (NOW - MS_PER_HOUR, "a"),
        (5, "old"),
        (NOW - MS_PER_HOUR * 3 // 4, "b"),
        (NOW - MS_PER_HOUR // 2, "c"),
        (NOW - MS_PER_HOUR // 4, "d"),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty"), (b"PAR1\0\0", "is not text"), (b"x" * 1_048_551, "longer than CloudWatch's limit")],
)
def test_refuses_what_is_no_log(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read(tmp_path, content)


def test_gzipped_text_is_recognised_by_its_content(tmp_path: Path) -> None:
    assert read(tmp_path, gzip.compress(b"one\n two\n")) == [(None, "one\n two")]
    with pytest.raises(ConfigError, match="is damaged gzip"):
        read(tmp_path, gzip.compress(b"x" * 100)[:-9])


def test_a_folder_is_all_files_in_it_each_a_stream(tmp_path: Path) -> None:
    for name in ("b.log", "a:1*.log", "sub/c.log", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")
    assert [name for name, _ in log_files(tmp_path)] == ["a-1-.log", "b.log", "sub/c.log"]
    assert log_files(tmp_path / "b.log") == [("b.log", tmp_path / "b.log")]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="has no file"):
        log_files(tmp_path / "empty")
    with pytest.raises(ConfigError, match="There is no file"):
        log_files(tmp_path / "nothing")


def test_refuses_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"There is no file {tmp_path / 'x.log'}")):
        read_log_file(tmp_path / "x.log", NOW)
    with pytest.raises(ConfigError, match="is a folder"):
        read_log_file(tmp_path, NOW)


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    (tmp_path / "endless").symlink_to("/dev/zero")
    for name, kind in (("fifo", "a FIFO"), ("link", "a FIFO"), ("endless", "a device")):
        with pytest.raises(ConfigError, match=rf"{name} is {kind}, and no file\. Give --logs the path of a text file"):
            read_log_file(tmp_path / name, NOW)
    (tmp_path / "a.log").write_text("x\n")
    assert [name for name, _ in log_files(tmp_path)] == ["a.log"]


def test_a_folder_below_that_cant_be_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.log").write_text("x\n")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if path.endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(ConfigError, match=r"closed can't be read: Permission denied\. Check its permissions"):
        log_files(tmp_path)


@pytest.mark.skipif(not LOGHUB.is_dir(), reason="the loghub samples are not beside the repository")
@pytest.mark.parametrize("name", ["Apache", "Hadoop", "OpenSSH", "Spark"])
def test_real_files_keep_every_line_and_nearly_every_timestamp(name: str) -> None:
    path = LOGHUB / f"{name}.log"
    events = read_log_file(path, NOW)
    content = path.read_bytes().decode("utf-8", "replace")

    assert "\n".join(text for _, text in events) == content.removesuffix("\n")
    timestamps = [timestamp for timestamp, _ in events]
    assert None not in timestamps
    assert max(timestamp for timestamp in timestamps if timestamp) <= NOW
