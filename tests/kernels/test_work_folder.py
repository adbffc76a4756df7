"""A full disk below a task's local files."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import pytest
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object

from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import TableSchema
from loglake.errors import NoSpaceError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.writer import RowWriter
from loglake.kernels.quarantine import QuarantineWriter

pytestmark = pytest.mark.unit

FULL = OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space left on device")


def convert(lake: MemoryStore, work_dir: Path) -> None:
    raw = MemoryStore("raw")
    bundle = bundle_of([put_object(raw, "s", "no timestamp\n" + exported_line(DAY, "x"))])
    convert_bundle(bundle, TablePlan("text", TableSchema("app")), raw, lake, str(work_dir))


@pytest.mark.parametrize("writer", [(RowWriter, "close"), (QuarantineWriter, "write")], ids=["rows", "quarantine"])
def test_local_files_that_dont_fit_name_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: tuple[type, str]
) -> None:
    def fail(*_: object) -> None:
        raise FULL

    monkeypatch.setattr(*writer, fail)
    said = rf"^{tmp_path}/loglake-tmp-work-\S+ can't be written \(No space left on device\): the disk at /.* MB free;"
    with pytest.raises(
        NoSpaceError, match=rf"{said} make room there, or set TMPDIR to a folder on another disk, and run again\.$"
    ):
        convert(MemoryStore("lake"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_whose_disk_is_full_says_so_itself(tmp_path: Path) -> None:
    class Full(MemoryStore):
        def put_file(self, key: str, path: str) -> None:
            raise NoSpaceError("the lake is full", "/lake")

    with pytest.raises(NoSpaceError, match=r"^the lake is full$"):
        convert(Full("lake"), tmp_path)


def test_no_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp', '/var/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    raw = MemoryStore("raw")
    bundle = bundle_of([put_object(raw, "s", exported_line(DAY, "x"))])
    with pytest.raises(NoSpaceError, match=r"in \['/tmp', '/var/tmp'\]: make room in one of these, or set TMPDIR"):
        convert_bundle(bundle, TablePlan("text", TableSchema("app")), raw, MemoryStore("lake"))
