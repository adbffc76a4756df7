"""If the page can't get its data any more, it says so visibly and to screen readers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from support.page.watched_stacks import watched_stack

from loglake.aws.system_clock import SystemClock
from loglake_cli.ui.app import serving

if TYPE_CHECKING:
    from support.page.browser import Browser
    from support.page.watched_stacks import WatchedStack

pytestmark = pytest.mark.browser

LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
SAID = """
const said = document.getElementById("connection");
const { left, top, right, bottom } = said.getBoundingClientRect();
const inView = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
return inView && said.checkVisibility() && said.role === "status" ? said.textContent : "";
"""
"""What a person sees, wherever they have scrolled to, and a screen reader says."""

ANSWERING = """
window.real ??= window.fetch;
window.fetch = (path, options) => {
  if (!path.startsWith(arguments[0])) return window.real(path, options);
  if (arguments[1]) return Promise.resolve(new Response(arguments[1], { status: 500 }));
  return new Promise((_, fail) => options.signal.addEventListener("abort", () => fail(options.signal.reason)));
};
"""
"""Has requests for a path fail with a text, or not be answered at all."""


def gone(browser: Browser) -> bool:
    return "the stack does not answer any more. What is shown was so at" in browser.run(SAID)


def to_the_end(browser: Browser) -> None:
    browser.run("scrollTo(0, document.documentElement.scrollHeight)")


@pytest.mark.parametrize("width", [1280, 320])
def test_a_stack_that_was_stopped_is_said_until_it_is_up_again(
    watched: WatchedStack, browser: Browser, width: int
) -> None:
    browser.look(width)
    with serving(watched.stack, SystemClock()) as page:
        browser.open(page)
        browser.until(lambda: browser.text("#connection") == "Live")
        to_the_end(browser)
        assert browser.run(SAID) == ""  # it is at the top, and nothing is wrong
    browser.until(lambda: gone(browser))
    assert browser.run(LOOKS) == []
    first = browser.run(SAID)
    browser.run("document.getElementById('statement').value = 'SELECT 1'; document.getElementById('statement').focus()")
    browser.press("control+enter")
    browser.until(lambda: "does not answer" in browser.text("#answer [role=alert]"))
    assert browser.run(SAID) == first  # and is not repeated
    with serving(watched.stack, SystemClock(), urlsplit(page).port or 0) as again:
        browser.until(lambda: "open the whole address that `loglake local up` printed" in browser.run(SAID))
        browser.open(again)  # only its fragment is another one
        browser.until(lambda: browser.text("#connection") == "Live")
        browser.open("about:blank")
    assert [line for line in browser.complaints() if "ERR_CONNECTION_REFUSED" not in line and "403" not in line] == []


def test_a_stack_that_does_not_answer_is_said(watched: WatchedStack, browser: Browser) -> None:
    to_the_end(browser)
    browser.run(ANSWERING, "/live", "")
    browser.until(lambda: gone(browser))
    browser.run("window.fetch = window.real")
    browser.until(lambda: browser.text("#connection") == "Live")


def test_an_error_of_the_tables_is_shown_until_it_is_over(watched: WatchedStack, browser: Browser) -> None:
    to_the_end(browser)
    browser.run(ANSWERING, "/lake", "RuntimeError: the disk is full")
    browser.until(lambda: browser.run(SAID))
    for _ in range(15):  # /live answers this many in all
        assert browser.run(SAID).startswith("Trouble: RuntimeError: the disk is full What is shown was so at")
        time.sleep(0.1)
    browser.run("window.fetch = window.real")
    browser.until(lambda: browser.text("#connection") == "Live")


def test_a_stack_that_was_stopped_is_said_at_once(tmp_path: Path, browser: Browser) -> None:
    with watched_stack(tmp_path) as made:
        browser.open(made.page)
        browser.until(lambda: "Live" in browser.text("#connection"))
    browser.until(lambda: gone(browser))
    browser.complaints()
