"""The gzip decoder without isal. `test_gunzip` and `test_gunzip_truncated` run with and without it."""

from __future__ import annotations

import runpy
import sys

import pytest

from loglake.kernels.readers.unpacking import gzip_decoder

pytestmark = pytest.mark.unit


def test_without_isal_zlib_decodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    module = runpy.run_path(gzip_decoder.__file__)
    assert module["new_decoder"] is module["ZlibDecoder"]
