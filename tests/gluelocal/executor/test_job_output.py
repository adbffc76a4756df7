"""Lines of stdout and stderr, whatever pieces they are written in."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_duckdb.errors import RefusedError
from gluelocal.engine.views import Part
from gluelocal.executor.jobs.logs import last_part
from gluelocal.executor.jobs.output import ERROR, OUTPUT, JobOutput

pytestmark = pytest.mark.unit

pieces = st.lists(st.tuples(st.sampled_from((OUTPUT, ERROR)), st.binary(max_size=6)), max_size=12)


def test_what_a_job_says_of_its_progress_is_found_in_its_lines() -> None:
    lines = [b'{"event": "progress", "done": %d, "of": 9, "unit": "windows"}' % done for done in (0, 2, 4)]
    odd = [b'{"event": "progress"}', b'{"event": "progress", "done": []', b"text"]
    assert last_part([*lines, *odd]) == Part(4, 9, "windows")
    assert last_part(odd) is None


@given(pieces)
def test_every_byte_is_reported_once_in_its_stream(written: list[tuple[str, bytes]]) -> None:
    reported: dict[str, list[bytes]] = {OUTPUT: [], ERROR: []}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "jr.log"
        output = JobOutput(log, lambda name, lines: reported[name].extend(lines))
        paths = {OUTPUT: output.output, ERROR: output.error}
        for name, piece in written:
            with paths[name].open("ab") as file:
                file.write(piece)
            output.follow()
        output.close()
        assert not output.output.parent.exists()
        whole = {name: b"".join(piece for other, piece in written if other == name) for name in reported}
        for name, lines in reported.items():
            assert lines == whole[name].removesuffix(b"\n").split(b"\n") or (lines, whole[name]) == ([], b"")
        assert sorted(log.read_bytes().split(b"\n")) == sorted([*reported[OUTPUT], *reported[ERROR], b""])


def test_a_line_that_has_not_ended_waits_for_its_end(tmp_path: Path) -> None:
    reported: list[bytes] = []
    output = JobOutput(tmp_path / "jr.log", lambda _, lines: reported.extend(lines))
    with output.output.open("ab", buffering=0) as file:
        file.write(b"one\ntw")
        output.follow()
        assert reported == [b"one"]
        file.write(b"o\n")
        output.follow()
    assert reported == [b"one", b"two"]
    output.close()


def test_a_line_without_an_end_is_not_held_for_ever(tmp_path: Path) -> None:
    reported: list[bytes] = []
    output = JobOutput(tmp_path / "jr.log", lambda _, lines: reported.extend(lines))
    output.output.write_bytes(b"x" * (3 << 20))
    output.follow()
    assert sum(map(len, reported)) >= 2 << 20
    output.close()
    assert sum(map(len, reported)) == 3 << 20


def test_a_log_whose_disk_is_full_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "job.log"
    output = JobOutput(log, lambda stream, lines: None)
    output.output.write_bytes(b"line\n")
    path_open = Path.open

    def full(self: Path, mode: str = "r", **more: Any) -> Any:
        if mode == "ab":
            raise OSError(errno.ENOSPC, "No space left on device")
        return path_open(self, mode, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(RefusedError, match=rf"^{log} can't be written .* or name a folder on another disk"):
            output.follow()
    output.close()
