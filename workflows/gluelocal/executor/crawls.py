"""Crawls in progress: each runs in its own thread and can't be interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from gluelocal.model.model import Crawler

Crawl = Callable[[Crawler], Any]
"""Crawls: returning means SUCCEEDED, raising means FAILED. Runs in its own thread."""

Ended = Callable[[str, str, str], None]
"""Gets a crawl's id, state and error, in the crawl's thread."""


class Crawls:
    """Starts crawls, and reports the end of each once."""

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
        """Marks a crawl to end CANCELLED."""
        self._cancelled.add(crawl_id)

    def stop(self, grace_s: float) -> None:
        """Waits for each crawl, at most the grace period; then reports it as cancelled."""
        for crawl_id, thread in list(self._threads.items()):
            self.cancel(crawl_id)
            thread.join(grace_s)
            self._end(crawl_id, "CANCELLED", "")

    def _run(self, crawl_id: str, crawler: Crawler) -> None:
        state, error = "SUCCEEDED", ""
        try:
            self._crawl(crawler)
        except Exception as failure:  # any error fails the crawl, not the runtime
            state, error = "FAILED", f"{type(failure).__name__}: {failure}"
        self._end(crawl_id, state, error)

    def _end(self, crawl_id: str, state: str, error: str) -> None:
        """Reports an end once, even if the crawl ends after `stop` gave up waiting for it."""
        with self._lock:
            if self._threads.pop(crawl_id, None) is None:
                return
        if crawl_id in self._cancelled:
            state, error = "CANCELLED", "the crawl was stopped"
        self._ended(crawl_id, state, error)
