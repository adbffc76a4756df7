"""Wheels of jobs are unpacked once for all runs."""

from __future__ import annotations

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gluelocal.executor.jobs.wheel_zips import unpacked

DAY_S = 24 * 3600


def _wheel(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return content.getvalue()


def _zip_of_wheels(path: Path, **wheels: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for tag, wheel in wheels.items():
            archive.writestr(f"wheels/{tag}-1-py3-none-{'any' if tag != 'foreign' else 'win32'}.whl", wheel)
    return path


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_the_same_wheel_is_in_the_same_folder_for_all_runs(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = unpacked(_file(tmp_path / "one-1-py3-none-any.whl", _wheel(one="1")), kept)
    (first / "compiled").touch()
    again = unpacked(_file(tmp_path / "two-1-py3-none-any.whl", _wheel(one="1")), kept)
    other = unpacked(_file(tmp_path / "three-1-py3-none-any.whl", _wheel(one="2")), kept)
    assert again == first != other
    assert sorted(path.name for path in again.iterdir()) == ["compiled", "one.py"]
    assert (other / "one.py").read_text() == "2"
    assert sorted(kept.iterdir()) == sorted((first, other))


def test_all_wheels_of_a_zip_are_in_one_folder(tmp_path: Path) -> None:
    library = _zip_of_wheels(tmp_path / "a.gluewheels.zip", one=_wheel(one="1"), two=_wheel(two="2"))
    assert sorted(path.name for path in unpacked(library, tmp_path / "kept").iterdir()) == ["one.py", "two.py"]


def test_a_wheel_for_another_system_is_an_error_each_time(tmp_path: Path) -> None:
    library = _zip_of_wheels(tmp_path / "a.gluewheels.zip", foreign=_wheel(one="1"))
    for _ in range(2):
        with pytest.raises(ValueError, match=r"has foreign-1-py3-none-win32\.whl, which is for another Python"):
            unpacked(library, tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


def test_runs_that_begin_together_share_a_folder(tmp_path: Path) -> None:
    library = _file(tmp_path / "one-1-py3-none-any.whl", _wheel(**{f"m{at}": "1" for at in range(200)}))
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: unpacked(library, tmp_path / "kept"), range(8)))
    assert folders == set((tmp_path / "kept").iterdir())
    assert len(list(folders.pop().iterdir())) == 200


def test_where_nothing_can_be_kept_a_process_has_a_folder_of_its_own(tmp_path: Path) -> None:
    kept = _file(tmp_path / "kept", b"no folder")
    library = _file(tmp_path / "one-1-py3-none-any.whl", _wheel(one="1"))
    folder = unpacked(library, kept)
    assert (folder / "one.py").read_text() == "1"
    assert unpacked(library, kept) == folder
    assert kept.read_bytes() == b"no folder"


def test_a_zip_of_wheels_is_no_wheel_with_the_same_bytes(tmp_path: Path) -> None:
    library = _zip_of_wheels(tmp_path / "a.gluewheels.zip", one=_wheel(one="1"))
    wheel = unpacked(_file(tmp_path / "a-1-py3-none-any.whl", library.read_bytes()), tmp_path / "kept")
    assert [path.name for path in wheel.iterdir()] == ["wheels"]
    assert [path.name for path in unpacked(library, tmp_path / "kept").iterdir()] == ["one.py"]


def test_what_no_run_has_used_for_a_week_is_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    old, used = (unpacked(_file(tmp_path / f"{at}-1-py3-none-any.whl", _wheel(one=at)), kept) for at in ("old", "used"))
    now_s = used.stat().st_mtime
    for folder in (old, used):
        os.utime(folder, (now_s - 8 * DAY_S,) * 2)
    unpacked(tmp_path / "used-1-py3-none-any.whl", kept)  # used again, so it stays
    new = unpacked(_file(tmp_path / "new-1-py3-none-any.whl", _wheel(one="new")), kept)
    assert sorted(kept.iterdir()) == sorted((new, used))
