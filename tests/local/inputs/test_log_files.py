"""Log files as input of a local run: which files are read, their exact text, and what is refused."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglake.core.units import LogGroupName, to_ms
from loglake.errors import ConfigError
from loglake_cli.local.inputs.log_files import LogFile, log_files, read_log_file
from loglake_cli.local.inputs.timezones import check_timezone
from loglake_cli.local.run_input import Prepared, prepare

pytestmark = pytest.mark.unit

NOW = to_ms(datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc))
LOGHUB = Path(__file__).parents[4] / "shared" / "data" / "loghub"


def read(tmp_path: Path, content: bytes | str) -> LogFile:
    path = tmp_path / "some.log"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (NOW / 1000, NOW / 1000))
    return read_log_file(path, NOW)


def texts(tmp_path: Path, content: bytes | str) -> list[str]:
    return [text for _, text in read(tmp_path, content).events]


def test_a_file_may_start_with_an_indented_line(tmp_path: Path) -> None:
    assert texts(tmp_path, "\n  x\ny") == ["\n  x", "y"]


def test_text_is_exact(tmp_path: Path) -> None:
    assert texts(tmp_path, b"a\tb \r\nc\x0bd\xe2\x80\xa8e\x85\n\xff\xff") == [
        "a\tb \r",
        "c\x0bd\u2028e\ufffd",
        "\ufffd\ufffd",
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1))
def test_no_character_is_lost(tmp_path: Path, text: str) -> None:
    assert "\n".join(texts(tmp_path, text)) == text.removesuffix("\n")


def test_a_file_without_times_has_that_of_its_last_change(tmp_path: Path) -> None:
    made = read(tmp_path, "one\n two\nthree\n")
    assert made.events == [(NOW, "one\n two"), (NOW, "three")]
    assert made.notes.is_made_up
    os.utime(tmp_path / "some.log", (2e9, 2e9))
    assert [ms for ms, _ in read_log_file(tmp_path / "some.log", NOW).events] == [NOW, NOW]


def test_lines_are_kept_whole_even_if_they_look_like_an_export(tmp_path: Path) -> None:
    line = "2026-11-21T08:30:00.000Z hello"
    assert read(tmp_path, f"{line}\n").events == [(NOW, line)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PAR1\0\0", "a Parquet file, which is not a log"),
        (b"\x7fELF\0", r"a program \(ELF\), which is not a log"),
        (b"some\0thing", "binary data"),
        (gzip.compress(b"x" * 100, mtime=0)[:-9], "gzip member"),
    ],
)
def test_what_is_no_log_is_said(tmp_path: Path, content: bytes, sentence: str) -> None:
    made = read(tmp_path, content)
    assert made.events == []
    assert re.search(rf"some\.log, from line 1: .*{sentence}", made.undecoded)


def test_gzipped_text_is_recognised_by_its_content(tmp_path: Path) -> None:
    assert texts(tmp_path, gzip.compress(b"one\n two\n")) == ["one\n two"]


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
        with pytest.raises(ConfigError, match=rf"{name} is {kind}, not a file\. Give --logs the path of a text file"):
            read_log_file(tmp_path / name, NOW)
    (tmp_path / "a.log").write_text("x\n")
    assert [name for name, _ in log_files(tmp_path)] == ["a.log"]


@pytest.mark.parametrize("target", ["/etc", "below", "below/own.log"])
def test_no_link_in_a_folder_is_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "linked").symlink_to(tmp_path / target)
    with pytest.raises(ConfigError, match=r"has no file: give --logs .*, or the files to which its links lead\."):
        log_files(tmp_path)
    (tmp_path / "below" / "own.log").write_text("x")
    assert [name for name, _ in log_files(tmp_path)] == ["below/own.log"]


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


def test_a_time_zone_is_a_name_or_an_offset() -> None:
    for name in ("", "Europe/Berlin", "UTC", "+02:00", "-0330"):
        assert check_timezone(name) == name
    for name in ("Mars/Olympus", "../etc/passwd", "+99:00"):
        with pytest.raises(ConfigError, match="is not a time zone: give a name such as Europe/Berlin"):
            check_timezone(name)


@pytest.mark.skipif(not LOGHUB.is_dir(), reason="the loghub samples are not beside the repository")
@pytest.mark.parametrize("name", ["Apache", "Hadoop", "OpenSSH", "Spark"])
def test_real_files_keep_every_line_and_every_timestamp(name: str) -> None:
    path = LOGHUB / f"{name}.log"
    made = read_log_file(path, NOW)
    content = path.read_bytes().decode("utf-8", "replace")

    assert "\n".join(text for _, text in made.events) == content.removesuffix("\n")
    assert made.notes.timed == made.notes.events == len(made.events)
    assert max(ms for ms, _ in made.events) <= NOW


def test_what_was_saved_from_cloudwatch_keeps_its_streams(tmp_path: Path) -> None:
    group = LogGroupName("/app/shop")
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "tail.txt").write_text(
        "2026-11-21T08:00:00.123000+00:00 web/1 a\n b\n2026-11-21T08:00:00.124000+00:00 web/2 c\n"
    )
    (folder / "more.json").write_text(
        json.dumps([{"logStreamName": "web/2", "timestamp": NOW, "message": "d", "eventId": "1"}])
    )
    (folder / "app.log").write_text("2026-11-21 08:00:01 e\n")
    (folder / "web").mkdir()
    (folder / "web" / "1").write_text("2026-11-21 08:00:01 a file that is named as a stream\n")
    prepared = prepare(tmp_path / "kept", NOW, logs=((folder, group),))
    texts = {stream: sorted(text for _, text in events) for stream, events in prepared.groups[group].items()}
    assert texts.pop(str(folder / "web" / "1")) == ["2026-11-21 08:00:01 a file that is named as a stream"]
    assert texts == {"web/1": ["a\n b"], "web/2": ["c", "d"], "app.log": ["2026-11-21 08:00:01 e"]}


def test_a_dataset_says_where_the_events_of_its_log_group_start(tmp_path: Path) -> None:
    log, datasets = tmp_path / "app.log", tmp_path / "datasets.yaml"
    log.write_text("> one\n2026-11-20T08:00:00Z part of one\n> two\n")
    datasets.write_text("datasets: [{log_groups: [/app], multi_line_start_pattern: '^> '}]")
    os.utime(log, (NOW / 1000, NOW / 1000))
    group = LogGroupName("/app")
    prepared = prepare(tmp_path / "kept", NOW, logs=((log, group),), given=datasets)
    assert [text for _, text in prepared.groups[group]["app.log"]] == [
        "> one\n2026-11-20T08:00:00Z part of one",
        "> two",
    ]


def test_a_file_without_events_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "shot.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "app.log").write_text("hello\n")
    groups = {name: LogGroupName(f"/{name}") for name in ("empty.log", "shot.png", "app.log")}

    def prepared(*names: str) -> Prepared:
        logs = tuple((tmp_path / name, groups[name]) for name in names)
        return prepare(tmp_path / "kept", NOW, logs=logs)

    read = prepared("empty.log", "shot.png", "app.log")
    assert list(read.groups) == ["/app.log"]
    assert [name for name, notes in read.plain.items() if not notes.events] == [str(tmp_path / "empty.log")]
    assert [said.rpartition("line 1: ")[2] for said in read.left_out] == [
        "a PNG image, which is not a log that can be read here"
    ]
    with pytest.raises(ConfigError, match=r"There is no event for /empty\.log: .*empty\.log is empty"):
        prepared("empty.log")
    with pytest.raises(ConfigError, match=r"There is no event for /shot\.png: .* a PNG image"):
        prepared("shot.png")
