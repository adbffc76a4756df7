"""A browser that shows the page of a running stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.page.browser import Browser, chromium
from support.page.watched_stacks import WatchedStack, watched_stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def watched(tmp_path: Path, browser: Browser) -> Iterator[WatchedStack]:
    with watched_stack(tmp_path) as made:
        browser.look(1280)
        browser.open(made.page)
        browser.until(lambda: "Live" in browser.text("#connection"))
        yield made
        browser.open("about:blank")
    assert [line for line in browser.complaints() if "ERR_CONNECTION_REFUSED" not in line] == []
