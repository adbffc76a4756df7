"""`loglake local up --ui`: the page's address, and that nothing is left afterwards."""

from __future__ import annotations

import http.client
import signal
import socket
import threading
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.local.stacks_up import start_up
from support.page.address import authorization

from loglake.aws.system_clock import SystemClock
from loglake.core.units import LogGroupName
from loglake_cli.local.connection import Standing
from loglake_cli.local.run_input import prepare
from loglake_cli.local.up import Watch, up
from loglake_cli.ui.app import serving

pytestmark = pytest.mark.local

SHOP = LogGroupName("/app/shop")


def connected(page: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", urlsplit(page).port, timeout=60)


def status(connection: http.client.HTTPConnection, page: str, path: str) -> int:
    connection.request("GET", path, headers=authorization(page))
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_nothing_of_the_page_is_left_though_a_browser_is_still_connected(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    prepared = prepare(tmp_path / "kept", SystemClock().now_ms(), logs=((tmp_path / "app.log", SHOP),))
    reported: list[Standing] = []
    browsers: list[http.client.HTTPConnection] = []
    before = set(threading.enumerate())

    def ready(standing: Standing) -> None:
        reported.append(standing)
        browsers.append(connected(standing.page))
        assert [status(browsers[0], standing.page, path) for path in ("/", "/live", "/lake")] == [200] * 3

    watch = Watch(lambda _: None, lambda _: None, ready)
    kept, clock = tmp_path / "kept", SystemClock()
    up(
        prepared,
        kept,
        port=0,
        clock=clock,
        watch=watch,
        stopped=lambda: bool(reported),
        page=lambda stack: serving(stack, clock),
    )
    for thread in set(threading.enumerate()) - before:
        thread.join(60)  # a connection's thread ends by itself when the connection is cut
    assert set(threading.enumerate()) <= before
    browsers[0].close()
    with socket.create_server(("127.0.0.1", urlsplit(reported[0].page).port or 0)):
        pass  # its port can be had


def test_the_command_says_where_the_page_is(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-20T08:00:00Z one\n")
    options = ("--logs", "app.log", "--log-group", SHOP, "--lake", "kept", "--ui")
    with start_up(tmp_path, *options) as stack, closing(connected(stack.document["page"])) as browser:
        assert status(browser, stack.document["page"], "/live") == 200
        assert stack.stop(signal.SIGTERM) == 0
    assert "Traceback" not in stack.log.read_text()
