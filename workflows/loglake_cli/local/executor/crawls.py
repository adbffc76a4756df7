"""Crawls in progress: each in a thread of its own, which can't be interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from loglake_cli.local.engine.model import Crawler

Crawl = Callable[[Crawler], Any]
"""Crawls; returning means SUCCEEDED, raising means FAILED. Runs in a thread of its own."""

Ended = Callable[[str, str, str], None]
"""Told the id of a crawl, its state and its error, in the crawl's thread."""


class Crawls:
    """Starts crawls, and tells once of each how it ended."""

    def __init__(self, crawl: Crawl, ended: Ended) -> None:
        self._crawl = crawl
        self._ended = ended
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}
        self._cancelled: set[str] = set()

    def start(self, crawl_id: str, crawler: Crawler) -> None:
        """Starts a crawl."""
        thread = threading.Thread(target=self._run, args=(crawl_id, crawler), name=crawler.name, daemon=True)
        self._threads[crawl_id] = thread
        thread.start()

    def cancel(self, crawl_id: str) -> None:
        """Has a crawl end CANCELLED, whenever it ends."""
        self._cancelled.add(crawl_id)

    def stop(self, grace_s: float) -> None:
        """Waits the grace for each crawl, and then holds it for cancelled."""
        for crawl_id, thread in list(self._threads.items()):
            self.cancel(crawl_id)
            thread.join(grace_s)
            self._end(crawl_id, "CANCELLED", "")

    def _run(self, crawl_id: str, crawler: Crawler) -> None:
        state, error = "SUCCEEDED", ""
        try:
            self._crawl(crawler)
        except Exception as failure:  # whatever goes wrong in a crawl fails the crawl, not the runtime
            state, error = "FAILED", f"{type(failure).__name__}: {failure}"
        self._end(crawl_id, state, error)

    def _end(self, crawl_id: str, state: str, error: str) -> None:
        """Tells of an end once, also where a crawl ends after `stop` gave up waiting for it."""
        with self._lock:
            if self._threads.pop(crawl_id, None) is None:
                return
        if crawl_id in self._cancelled:
            state, error = "CANCELLED", "the crawl was stopped"
        self._ended(crawl_id, state, error)
