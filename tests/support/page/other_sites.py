"""Another site on this machine: an empty page, and a list of what browsers sent to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """A request: its path, and its headers in order."""

    path: str
    headers: tuple[tuple[str, str], ...]


class _Empty(BaseHTTPRequestHandler):
    def __init__(self, received: list[Received], *connection: Any) -> None:
        self._received = received
        super().__init__(*connection)

    def do_GET(self) -> None:
        self._received.append(Received(self.path, tuple(self.headers.items())))
        page = b"<!doctype html><title>evil</title><link rel=icon href=data:,><body></body>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    do_POST = do_OPTIONS = do_GET  # noqa: N815  (the names of BaseHTTPRequestHandler)

    def log_message(self, *_reported: Any) -> None:
        """Logs nothing."""


@contextmanager
def another_site(name: str) -> Iterator[tuple[str, list[Received]]]:
    """Serves the page under a name that means this machine; yields its address, and the requests so far."""
    received: list[Received] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Empty, received)) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://{name}:{server.server_port}/", received
        finally:
            server.shutdown()
