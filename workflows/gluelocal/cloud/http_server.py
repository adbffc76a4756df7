"""A WSGI server on a loopback port, with the keep-alive connections that werkzeug's own handler refuses.

It refuses a caller before it reads the body: such a caller gets an answer, and the body is ignored.
"""

from __future__ import annotations

import http
import io
import logging
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.wire.request_body import BadBodyError, body_length, read_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from gluelocal.cloud.wire.calls import Answer

_log = logging.getLogger(__name__)

_SMALL_BYTES = 64 * 1024
"""A body up to this size is copied behind its headers."""
_LINGER_S = 2.0
_LINGER_BYTES = 64 * 1024


class Application(Protocol):
    """A WSGI application that decides which callers it answers."""

    @property
    def most_bytes(self) -> int:
        """The size of the largest body that it accepts."""

    def refusal(self, environ: WSGIEnvironment) -> Answer | None:
        """The answer to a caller that is refused, else None. The body is not there yet."""

    def bad_request(self, environ: WSGIEnvironment, status: int, message: str) -> Answer:
        """The answer to a request with a refused body, or one that makes the application fail."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request with its complete body."""


class _Handler(MotoRequestHandler):  # type: ignore[misc]  # moto is not followed by mypy (pyproject.toml)
    """Reads a whole request, then answers in one write, so a connection can serve thousands of requests.

    werkzeug's handler closes each connection, because it can't know whether the application has read the body. Peak
    memory is one request and one answer; moto holds these in memory anyway.
    """

    protocol_version = "HTTP/1.1"
    wfile: Any
    disable_nagle_algorithm = True  # headers and body of a small answer must not wait for an ACK

    def handle_expect_100(self) -> bool:
        """Doesn't answer ``Expect: 100-continue`` yet: a refused caller needs to send no body."""
        return True

    def run_wsgi(self) -> None:
        """Serves one request."""
        try:
            environ = self.make_environ()
        except ValueError:  # urllib's, of an address such as http://[
            self.send_error(400)
            self.close_connection = True
            return
        app: Application = self.server.app
        refused = app.refusal(environ)
        if refused is not None:
            self._turn_away(refused)
            return
        try:
            body = self._body(app.most_bytes)
        except BadBodyError as error:
            self._turn_away(app.bad_request(environ, error.status, str(error)))
            return
        environ["wsgi.input"] = body
        if "Transfer-Encoding" in self.headers:  # the application sees no chunks
            environ["CONTENT_LENGTH"] = str(body.getbuffer().nbytes)
        try:
            self._answer(app, environ)
        except ConnectionError:  # by a fault rule, or the client is gone
            raise
        except NotImplementedError:  # moto raises it if it lacks an operation; clients don't retry a 501
            self._turn_away(app.bad_request(environ, 501, "The local runtime does not answer this call."))
        except Exception:
            _log.exception("%s %s failed", self.command, self.path)
            self._turn_away(app.bad_request(environ, 500, "The local runtime failed; its log says how."))

    def _answer(self, app: Application, environ: dict[str, Any]) -> None:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [status, headers]

        answer: Any = app(environ, start_response)
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        self._send(started[0], started[1], body)

    def _body(self, most_bytes: int) -> io.BytesIO:
        length = body_length(self.headers, most_bytes)
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        return read_body(self.rfile, length, most_bytes)

    def _turn_away(self, answer: Answer) -> None:
        """Answers and closes the connection, although a body may still arrive.

        After an immediate close the system would reset the connection, and the client might not see the answer.
        """
        self.close_connection = True
        status = f"{answer.status} {http.HTTPStatus(answer.status).phrase}"
        self._send(status, [*answer.headers, ("Connection", "close")], answer.body)
        deadline, left = time.monotonic() + _LINGER_S, _LINGER_BYTES
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_S / 4)
            while left > 0 and time.monotonic() < deadline and (piece := self.connection.recv(_LINGER_BYTES)):
                left -= len(piece)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        connection, self.wfile = self.wfile, io.BytesIO()
        try:
            self.send_response(int(code), reason)
            for name, value in headers:
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name, _ in headers):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            head = self.wfile.getvalue()
        finally:
            self.wfile = connection
        if self.command == "HEAD":
            self.wfile.write(head)
        elif len(body) <= _SMALL_BYTES:
            self.wfile.write(head + body)  # one system call, so the client wakes up once
        else:
            self.wfile.write(head)
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", _size: int | str = "-") -> None:
        """As `log`; werkzeug's version fails for some addresses."""
        self.log("info", '"%s" %s', self.requestline, code)

    def log(self, _type: str, message: str, *args: Any) -> None:
        """Logs at debug level what werkzeug would print."""
        _log.debug(message, *args)


class _Server(ThreadedWSGIServer):
    """Tracks its open connections and their threads, so `stop` also ends those that a client left open."""

    def __init__(self, app: Application, port: int) -> None:
        with _listening(
            port
        ) as listener:  # werkzeug takes a copy; on its own it would end the process if the port is taken
            super().__init__("127.0.0.1", port, app, _Handler, fd=listener.fileno())
        self._connections: set[socket.socket] = set()
        self._serving: list[threading.Thread] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._serving = [each for each in self._serving if each.is_alive()] + [thread]
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Ends every open connection, and waits for their threads if these end soon."""
        for connection in list(self._connections):
            with suppress(OSError):  # the client has just closed it
                connection.shutdown(socket.SHUT_RDWR)  # else a thread would wait for a silent client
            self.shutdown_request(connection)
        for thread in self._serving:
            thread.join(_LINGER_S)


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # free once the last server ends
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigError(f"port {port} can't be had ({error.strerror}): give another one, or 0 for any") from error
    return listener


class LoopbackServer:
    """Serves an application on 127.0.0.1 in a thread of this process, until `stop`.

    Port 0 means any free port.
    """

    def __init__(self, app: Application, port: int = 0) -> None:
        self._server = _Server(app, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="embedded-aws", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address, such as ``http://127.0.0.1:40123``."""
        return f"http://127.0.0.1:{self._server.port}"

    def stop(self) -> None:
        """Stops listening and ends all connections."""
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
