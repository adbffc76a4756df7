"""Layouts of well-known loggers with fields that only their documentation gives a meaning to."""

from __future__ import annotations

from loglake.kernels.formats.header.access import ACCESS
from loglake.kernels.formats.header.layout import rank
from loglake.kernels.formats.header.runtimes import GO_AND_RUST, JAVA, OTHERS, PYTHON
from loglake.kernels.formats.header.servers import DATA, NETWORK

KNOWN = tuple(sorted((*JAVA, *PYTHON, *GO_AND_RUST, *OTHERS, *DATA, *NETWORK, *ACCESS), key=rank))
"""All of them, the most particular first."""
