"""If a disk is full, a command ends with one sentence."""

from __future__ import annotations

import errno
import os

import pytest
import typer

from loglake_cli.cli.shared.errors import errors_printed

pytestmark = pytest.mark.local


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/nowhere/x", "loglake: /nowhere/x can't be written (No space left on device): the disk at / has"),
        (None, "loglake: No space left on device: `df -h` shows which disk is full; make room there, and run again."),
    ],
)
def test_a_full_disk_is_reported(capsys: pytest.CaptureFixture[str], name: str | None, said: str) -> None:
    with pytest.raises(typer.Exit) as caught, errors_printed():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), *([name] if name else []))
    assert (caught.value.exit_code, capsys.readouterr().err.startswith(said)) == (1, True)


def test_other_trouble_of_the_system_is_no_sentence() -> None:
    with pytest.raises(PermissionError), errors_printed():
        raise PermissionError(errno.EACCES, "Permission denied")
