"""The page of `loglake local up --ui` in a headless Chromium: `make test-ui`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.local.browser import Browser
    from support.local.watched_stacks import WatchedStack

pytestmark = pytest.mark.browser

LOOKS = Path(__file__).with_name("looks.js").read_text(encoding="utf-8")
FOCUSED = "const e = document.activeElement; return e.id || e.textContent.trim()"
RING = """
const element = document.activeElement;
const drawn = element.querySelector(":scope > .box") ?? element;
const style = getComputedStyle(drawn);
return drawn === element ? parseFloat(style.outlineWidth) : parseFloat(style.strokeWidth) - 2.5;
"""
"""How wide what shows the focus is, in CSS pixels."""


def table(watched: WatchedStack, browser: Browser) -> None:
    watched.write_table()
    browser.until(lambda: "app_shop" in browser.text("#table"))


def test_what_happens_shows_by_itself(watched: WatchedStack, browser: Browser) -> None:
    shown = browser.text("#run")
    assert "FAILED" in shown
    assert "RUNNING" in shown
    assert "The catalog has no table yet" in browser.text("#tables")
    watched.write_log("loglake-convert-logs", "the very last line")
    browser.until(lambda: "the very last line" in browser.text("#log"))
    at_end = (
        "const log = document.getElementById('log'); return log.scrollTop + log.clientHeight >= log.scrollHeight - 4"
    )
    assert browser.run(at_end)
    watched.write_table()
    watched.end("loglake-convert-logs", "SUCCEEDED")
    browser.until(lambda: "Crawler loglake-crawl-lake" in browser.text("#node"))
    assert "line 299" not in browser.text("#node")
    watched.end("loglake-crawl-lake", "SUCCEEDED")
    browser.until(lambda: "COMPLETED" in browser.text("#runs"))
    browser.until(lambda: "+ n bigint" in browser.text("#table"))
    assert "2 of 3 succeeded, 1 failed" in browser.text("#runs")


def test_nothing_from_outside_runs(watched: WatchedStack, browser: Browser) -> None:
    table(watched, browser)
    browser.click("a.node.bad")
    browser.until(lambda: "it broke: <script>" in browser.text("#node"))
    assert "<script>" in browser.text("#log")
    assert "<script>" in browser.text("#groups")
    assert "<script>" in browser.text("#table")
    assert browser.run("return document.title") == "loglake local"
    assert browser.run("return document.querySelectorAll('img').length") == 0


def test_the_keyboard_is_enough(watched: WatchedStack, browser: Browser) -> None:
    table(watched, browser)
    reached: list[str] = []
    browser.run("document.body.focus(); document.activeElement.blur()")
    while not reached or reached[-1] != "statement":
        browser.press("tab")
        reached.append(browser.run(FOCUSED))
        assert browser.run(RING) >= 2, reached
        assert len(reached) < 60
    assert reached[0] == "Skip to what happens now"
    nodes = browser.run("return [...document.querySelectorAll('.across .node')].map((node) => node.id)")
    assert [each for each in reached if each in nodes] == nodes
    assert "table-loglake.app_shop" in reached
    for key in "SELECT count(*) AS many FROM app_shop":
        browser.press(key)
    browser.press("control+enter")
    browser.until(lambda: "many" in browser.text("#answer"))
    assert browser.text("#answer td") == "3"
    browser.run("document.getElementById(arguments[0]).focus()", nodes[1])
    browser.press("enter")
    browser.until(lambda: "Job loglake-export-logs" in browser.text("#node"))
    browser.until(lambda: browser.run(FOCUSED) == "node-title")
    assert "node=" in browser.run("return location.search")
    browser.run("history.back()")
    browser.until(lambda: "Job loglake-convert-logs" in browser.text("#node"))


def test_the_focus_stays_while_the_page_changes(watched: WatchedStack, browser: Browser) -> None:
    chosen = browser.run("const node = document.querySelectorAll('.across .node')[3]; node.focus(); return node.id")
    before = browser.text("#runs .number")
    browser.until(lambda: browser.text("#runs td.number") != before)
    watched.end("loglake-convert-logs", "SUCCEEDED")
    browser.until(lambda: "Crawler" in browser.text("#node"))
    assert browser.run(FOCUSED) == chosen
    browser.run("document.getElementById('statement').value = 'SELECT 1'")
    browser.until(lambda: browser.text("#runs td.number") != before)
    assert browser.run("return document.getElementById('statement').value") == "SELECT 1"


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("DROP VIEW app_shop", "The lake is only read"),
        ("SELECT * FROM read_text('/etc/passwd')", "read_text() can't be used here"),
        ("SELECT <b>", "Parser Error"),
    ],
)
def test_sql_that_does_not_read_is_refused(watched: WatchedStack, browser: Browser, sql: str, error: str) -> None:
    browser.run("document.getElementById('statement').value = arguments[0]", sql)
    browser.click("#query button")
    browser.until(lambda: browser.text("#answer [role=alert]"))
    assert error in browser.text("#answer [role=alert]")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1000, 760, 360, 320])
def test_all_can_be_read(watched: WatchedStack, browser: Browser, width: int, dark: bool) -> None:
    table(watched, browser)
    browser.look(width, dark=dark)
    browser.click("a.node.bad" if width >= 1240 else ".down a.node.bad")
    browser.until(lambda: "it broke" in browser.text("#node"))
    browser.run("document.getElementById('statement').value = 'SELECT * FROM app_shop'")
    browser.click("#query button")
    browser.until(lambda: browser.text("#answer table"))
    assert browser.run(LOOKS) == []
    watched.end("loglake-convert-logs", "TIMEOUT")
    browser.until(lambda: "TIMEOUT" in browser.text("#run"))
    assert browser.run(LOOKS) == []
