"""The search of the page in a headless Chromium: `make test-ui`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.page.browser import Browser
    from support.page.watched_stacks import WatchedStack

pytestmark = pytest.mark.browser

VALUES = "return [...document.getElementById('search-form').elements].filter((e) => e.name).map((e) => e.value)"
ADDRESS = "return location.search + location.hash"
SLOWLY = """
const real = window.fetch;
const wait = () => new Promise((done) => setTimeout(done, 300));
window.fetch = (...given) => wait().then(() => real(...given));
"""


def filled(watched: WatchedStack, browser: Browser) -> None:
    watched.write_table()
    browser.until(lambda: "3 events" in browser.text("#found-title"))


def title(browser: Browser) -> str:
    """What was found; empty while it is searched."""
    return browser.text("#found-title") if browser.text("#search-form button") == "Find" else ""


def test_a_search_by_keyboard_is_in_the_address_and_can_be_shared(watched: WatchedStack, browser: Browser) -> None:
    filled(watched, browser)
    browser.run("document.querySelector('.skip').focus()")
    browser.press("enter")
    browser.press("tab")
    browser.press(*"taken", "enter")
    browser.until(lambda: "3 events with “taken”" in title(browser))
    assert browser.run(ADDRESS) == "?find=taken#found"
    assert browser.run("return document.activeElement.id") == "found-title"
    shared = browser.run("return location.origin") + f"/?find=taken#{watched.page.partition('#')[2]}"
    browser.open("about:blank")
    browser.open(shared)
    browser.until(lambda: "3 events with “taken”" in title(browser))
    assert browser.run(VALUES) == ["taken", "", "", ""]


def test_a_link_inside_the_page_does_not_disturb_who_types(watched: WatchedStack, browser: Browser) -> None:
    filled(watched, browser)
    slow = (
        "const real = fetch; fetch = (...given) => new Promise((done) => setTimeout(() => done(real(...given)), 300))"
    )
    browser.run(f"window.eval({slow!r})")
    browser.run("document.querySelector('.skip').focus()")
    browser.press("enter", "tab", *"tak")
    time.sleep(1)
    browser.press(*"en")
    assert browser.run(VALUES) == ["taken", "", "", ""]


def test_a_row_opens_to_all_of_its_columns_and_stays_open(watched: WatchedStack, browser: Browser) -> None:
    filled(watched, browser)
    browser.run("document.querySelector('.hits summary').focus()")
    browser.press("enter")
    names = "return [...document.querySelectorAll('.hits [open] dt')].map((each) => each.textContent)"
    assert browser.run(names) == ["event_time", "message", "n", "dt"]
    before = browser.run("return document.getElementById('tables').dataset.version")
    bucket, key = watched.stack.outputs["LakeBucket"], "tables/app_shop/dt=2026-11-20/a.parquet"
    source = {"Bucket": bucket, "Key": key}
    watched.stack.client("s3").copy_object(Bucket=bucket, Key=key.replace("a.", "b."), CopySource=source)
    browser.until(lambda: browser.run("return document.getElementById('tables').dataset.version") != before)
    browser.until(lambda: "6 events" in browser.text("#found-title"))
    browser.until(lambda: browser.run(names) == ["event_time", "message", "n", "dt"])
    assert "<script>" in browser.text(".hits [open]")


@pytest.mark.parametrize("width", [1280, 375])
def test_a_bar_narrows_the_time_and_back_widens_it(watched: WatchedStack, browser: Browser, width: int) -> None:
    filled(watched, browser)
    browser.look(width)
    browser.click(".bar")
    browser.until(lambda: "begin=2026-11-20T08%3A00&end=2026-11-20T08%3A01" in browser.run(ADDRESS))
    browser.until(lambda: "3 events" in title(browser) and "counted" not in browser.text("#found"))
    assert browser.run(VALUES) == ["", "2026-11-20T08:00", "2026-11-20T08:01", ""]
    browser.run("history.back()")
    browser.until(lambda: browser.run(VALUES) == ["", "", "", ""])
    browser.until(lambda: "are counted" in browser.text("#found"))
    browser.click("#chart-numbers summary")
    browser.click("#chart-numbers a")
    browser.until(lambda: "begin=" in browser.run(ADDRESS))
    browser.click("#search-form [type=reset]")
    browser.until(lambda: browser.run(ADDRESS) == "#found")
    assert browser.run("return document.documentElement.scrollWidth") <= width


def test_what_is_not_there_is_said(watched: WatchedStack, browser: Browser) -> None:
    browser.until(lambda: "There is no table to search yet." in browser.text("#found"))
    filled(watched, browser)
    browser.run("document.querySelector('[name=find]').value = 'nowhere'")
    browser.click("#search-form button")
    browser.until(lambda: "No event was found in 1 table" in title(browser))
