"""Responses to bodies that a server refuses, and that it does not read them."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest
from support.gluelocal.signing import UNSIGNED_BODY, signed

from gluelocal.cloud.callers import CLIENT
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.cloud.http_server import LoopbackServer
from gluelocal.cloud.wire.calls import Answer, send

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pytestmark = pytest.mark.local

MOST = 64 * 1024


class Echo:
    """Returns the size of the body, and refuses the user "nobody"."""

    most_bytes = MOST

    def refusal(self, environ: WSGIEnvironment) -> Answer | None:
        return Answer(403, [("Content-Type", "text/plain")], b"no") if "HTTP_NOBODY" in environ else None

    def bad_request(self, _environ: WSGIEnvironment, status: int, message: str) -> Answer:
        return Answer(status, [("Content-Type", "text/plain")], message.encode())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise KeyError("a bug")
        return send(Answer(200, [], str(len(environ["wsgi.input"].read())).encode()), start_response)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    running = LoopbackServer(Echo())
    yield running
    running.stop()


def exchange(url: str, request: bytes, *, end: bool = False) -> bytes:
    """The response up to the end of the connection; `end` closes the sending side."""
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        if end:
            connection.shutdown(socket.SHUT_WR)
        got = b""
        while piece := connection.recv(65536):
            got += piece
        return got


def post(*headers: str, body: bytes = b"", method: str = "POST", path: str = "/") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("-1", 400),
        ("+1", 400),
        ("0x10", 400),
        ("1_0", 400),
        ("1.0", 400),
        ("ten", 400),
        ("", 400),
        ("²", 400),
        ("1, 2", 400),
        ("65537", 413),
        ("1500000000", 413),
        ("9" * 18, 413),
        ("9" * 5000, 413),
    ],
)
def test_a_bad_length_is_answered_and_nothing_is_read(server: LoopbackServer, length: str, status: int) -> None:
    answer = exchange(server.url, post(f"Content-Length: {length}"))  # which waits for the answer, and sends no body
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (("Content-Length: 1", "Content-Length: 2"), 400),
        (("Content-Length: 1", "Transfer-Encoding: chunked"), 400),
        (("Transfer-Encoding: gzip, chunked",), 400),
        (("Transfer-Encoding: identity",), 400),
        (("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400),
    ],
)
def test_headers_that_contradict_are_refused(server: LoopbackServer, headers: tuple[str, ...], status: int) -> None:
    assert exchange(server.url, post(*headers)).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_request_that_says_nothing_of_a_body_has_none(server: LoopbackServer) -> None:
    for method in ("POST", "GET"):
        assert exchange(server.url, post("Connection: close", method=method)).endswith(b"\r\n\r\n0")


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-5\r\n", b"\r\n", b"f" * 200, b"2\r\nabc\r\n"])
def test_what_is_no_chunk_is_refused(server: LoopbackServer, chunk: bytes) -> None:
    answer = exchange(server.url, post("Transfer-Encoding: chunked", body=chunk), end=True)
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_chunks_are_taken_up_to_the_same_size(server: LoopbackServer) -> None:
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    whole = post("Transfer-Encoding: chunked", "Connection: close", body=chunk * 4 + b"0\r\n\r\n")
    assert exchange(server.url, whole).endswith(str(MOST).encode())
    too_much = post("Transfer-Encoding: chunked", body=chunk * 5)  # and no end
    assert exchange(server.url, too_much).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_ends_early_is_not_taken_for_a_whole_one(server: LoopbackServer) -> None:
    answer = exchange(server.url, post("Content-Length: 10", body=b"abc"), end=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"ended after 3 of 10 bytes" in answer


def test_who_is_refused_is_answered_before_any_of_their_body_comes(server: LoopbackServer) -> None:
    for announced in ("Content-Length: 1500000000", "Transfer-Encoding: chunked", "Content-Length: bad"):
        answer = exchange(server.url, post("Nobody: 1", announced))
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert answer.endswith(b"no")


def test_who_is_refused_while_they_send_still_gets_the_answer(server: LoopbackServer) -> None:
    """Otherwise a browser shows a reset connection without the reason."""
    for header in ("Nobody: 1", "Accept: */*"):
        answer = exchange(server.url, post(header, f"Content-Length: {10 * MOST}", body=b"x" * (MOST // 2)))
        assert answer.startswith((b"HTTP/1.1 403 ", b"HTTP/1.1 413 "))


def test_a_client_that_waits_to_be_reported_sends_nothing_if_it_is_refused(server: LoopbackServer) -> None:
    waiting = ("Expect: 100-continue", "Content-Length: 3")
    assert exchange(server.url, post("Nobody: 1", *waiting)).startswith(b"HTTP/1.1 403 ")
    assert exchange(server.url, post("Expect: 100-continue", "Content-Length: bad")).startswith(b"HTTP/1.1 400 ")
    answer = exchange(server.url, post("Connection: close", *waiting, body=b"abc"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


def test_a_failure_is_an_answer_too(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    assert exchange(server.url, post(method="GET", path="/broken")).startswith(b"HTTP/1.1 500 ")
    assert "GET /broken failed" in caplog.text
    assert exchange(server.url, b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_the_embedded_aws_answers_in_its_own_words(aws: EmbeddedAws) -> None:
    for length, status in (("bad", b"400"), ("-1", b"400"), (str(6 << 30), b"413")):
        sent = signed(aws.keys.of(CLIENT), "PUT", f"{aws.endpoint}/b/k", "s3", headers=UNSIGNED_BODY)
        lines = (f"{name}: {value}" for name, value in {**sent, "Content-Length": length}.items())
        host = f"Host: {aws.endpoint.removeprefix('http://')}"
        asked = "\r\n".join(["PUT /b/k HTTP/1.1", host, *lines, "", ""]).encode()
        answer = exchange(aws.endpoint, asked)
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert b"<Error><Code>" in answer
    unsigned = exchange(aws.endpoint, post("Content-Length: 1500000000", method="PUT", path="/b/k"))
    assert unsigned.startswith(b"HTTP/1.1 403 ")
