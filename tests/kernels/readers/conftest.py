"""Fixtures of the readers' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loglake.kernels.readers.unpacking import gzip_decoder


@pytest.fixture(scope="module", params=["isal", "zlib"])
def decoder(request: pytest.FixtureRequest) -> Iterator[None]:
    """The decoder with isal installed, and the one without."""
    assert gzip_decoder.new_decoder is not gzip_decoder.ZlibDecoder, "isal is not installed"
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "zlib":
            patch.setattr(gzip_decoder, "new_decoder", gzip_decoder.ZlibDecoder)
        yield
