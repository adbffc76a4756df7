"""A WSGI server on a loopback port, with the keep-alive connections that werkzeug's own handler refuses."""

from __future__ import annotations

import io
import logging
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from glue_jobs.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_log = logging.getLogger(__name__)


class _Handler(MotoRequestHandler):  # type: ignore[misc]  # moto is not followed by mypy (pyproject.toml)
    """Reads a whole request, then answers in one write: a connection can serve thousands of requests.

    werkzeug's handler closes each connection, because it can't know whether the application has read the body.
    Peak memory is one request and one answer, which moto holds in memory anyhow.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body of a small answer must not wait for an ACK

    def run_wsgi(self) -> None:
        """Serves one request."""
        environ = self.make_environ()
        environ["wsgi.input"] = io.BytesIO(self._body(environ))
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            started[:] = [status, headers]

        answer = self.server.app(environ, start_response)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        self._send(started[0], started[1], body)

    @staticmethod
    def _body(environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):  # Transfer-Encoding: chunked, which werkzeug has undone
            body: bytes = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(body))
            return body
        return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log(self, _type: str, message: str, *args: Any) -> None:
        """Sends what werkzeug would print to the log, at debug level."""
        _log.debug(message, *args)


class _Server(ThreadedWSGIServer):
    """Knows its open connections, so that stopping ends those that a client left open."""

    def __init__(self, app: WSGIApplication, port: int) -> None:
        with _listening(
            port
        ) as listener:  # werkzeug takes a copy; by itself it would end the process if the port is taken
            super().__init__("127.0.0.1", port, app, _Handler, fd=listener.fileno())
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Ends every open connection; the threads that serve them end by themselves."""
        for connection in list(self._connections):
            with suppress(OSError):  # the client has ended it in this moment
                connection.shutdown(socket.SHUT_RDWR)  # else a thread would wait for a client that stays silent
            self.shutdown_request(connection)


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as soon as the last server is gone
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigError(f"port {port} can't be had ({error.strerror}): give another one, or 0 for any") from error
    return listener


class LoopbackServer:
    """Serves a WSGI application on 127.0.0.1 in a thread of this process, until `stop`.

    Port 0 is any that is free.
    """

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        self._server = _Server(app, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="embedded-aws", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:40123``."""
        return f"http://127.0.0.1:{self._server.port}"

    def stop(self) -> None:
        """Stops listening and ends all connections."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
