"""Directs Ctrl-C to the test that sends it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Puts the handler of SIGINT back: a new SparkContext replaces it, and leaves its own when it stops."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def interrupts_arrive() -> Iterator[None]:
    """Makes SIGINT raise KeyboardInterrupt, here and in processes that tests start.

    A shell starts ``make test &`` with SIGINT ignored. Python and every process that it starts inherit that.
    """
    with interrupts_kept():
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
