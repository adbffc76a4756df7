"""The page of `loglake local up --ui` in a headless Chromium: `make test-ui`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.page.browser import Browser
    from support.page.watched_stacks import WatchedStack

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
    browser.until(lambda: "app_shop" in browser.text("#table") and browser.text(".hits"))


def test_what_happens_shows_by_itself(watched: WatchedStack, browser: Browser) -> None:
    at_end = (
        "const log = document.getElementById('log'); return log.scrollTop + log.clientHeight >= log.scrollHeight - 4"
    )
    assert browser.run(at_end)
    shown = browser.text("#run")
    assert "FAILED" in shown
    assert "RUNNING" in shown
    browser.until(lambda: "The catalog has no table yet" in browser.text("#tables"))
    watched.write_log("loglake-convert-logs", "the very last line")
    browser.until(lambda: "the very last line" in browser.text("#log"))
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
    assert "<script>" in browser.text("#now")
    assert "<script>" in browser.text("#found")
    assert browser.run("return document.title") == "loglake local"
    assert browser.run("return document.querySelectorAll('img').length") == 0


def test_the_keyboard_is_enough(watched: WatchedStack, browser: Browser) -> None:
    table(watched, browser)
    reached: list[str] = []
    browser.run("document.body.focus(); document.activeElement.blur()")
    while not reached or reached[-1] != "workflow-loglake-log-landing":
        browser.press("tab")
        reached.append(browser.run(FOCUSED))
        assert browser.run(RING) >= 2, reached
        assert len(reached) < 90
    assert reached[0] == "Skip to the search"
    nodes = browser.run("return [...document.querySelectorAll('.across .node')].map((node) => node.id)")
    assert [each for each in reached if each in nodes] == nodes
    assert "table-loglake.app_shop" in reached
    assert "statement" in reached
    browser.run("document.getElementById('statement').focus()")
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
        ("DROP VIEW app_shop", "The tables are only read"),
        ("SELECT * FROM read_text('/etc/passwd')", "Athena has no function read_text"),
        ("SELECT <b>", "SYNTAX_ERROR: line 1:10: something is missing, at '>'."),
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


def test_what_failed_leads_to_its_log(watched: WatchedStack, browser: Browser) -> None:
    assert watched.page
    browser.click("#running .bad + a[href$='#node']")
    browser.until(lambda: "Job loglake-export-logs" in browser.text("#node"))
    assert "<script>" in browser.text("#log")
    browser.until(lambda: browser.run(FOCUSED) == "node-title")


def test_examples_columns_and_what_was_run_go_into_the_box(watched: WatchedStack, browser: Browser) -> None:
    table(watched, browser)
    value = "return document.getElementById('statement').value"
    browser.run("localStorage.clear()")
    browser.click("#ask [data-statement]")
    example = browser.run(value)
    assert example == "SELECT * FROM loglake.app_shop ORDER BY event_time DESC LIMIT 100"
    browser.press("control+enter")
    browser.until(lambda: browser.text("#answer table"))
    browser.run("document.getElementById('statement').value = 'SELECT'; document.getElementById('statement').select()")
    browser.press("S", "U", "M", "(")
    browser.click("#columns summary")
    browser.click("#columns [data-insert=n]")
    assert browser.run(value) == "SUM(n"
    assert browser.run(FOCUSED) == "statement"
    time.sleep(2)  # the page is asked for again meanwhile
    assert browser.run("return document.getElementById('columns').open")
    browser.click("#history summary")
    browser.click("#history [data-statement]")
    assert browser.run(value) == example
    browser.run("location.reload()")
    browser.until(lambda: "Live" in browser.text("#connection"))
    assert "LIMIT 100" in browser.run("return document.querySelector('#history ol').textContent")
    browser.click("#history summary")
    browser.click("#forget")
    assert browser.run(
        "return [document.getElementById('history').hidden, localStorage.getItem('loglake.statements')]"
    ) == [
        True,
        "[]",
    ]


def test_a_command_is_copied_whole(watched: WatchedStack, browser: Browser) -> None:
    assert watched.page
    browser.until(lambda: browser.text("#wrong button"))
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    browser.click("#wrong button")
    browser.until(lambda: browser.run("return window.copied") == "loglake ignore /app/shop --lake aws:loglake")
    assert browser.run("return document.getElementById('said').textContent") == "Copied"
    browser.run("navigator.clipboard.writeText = async () => { throw new Error('not allowed'); }")
    browser.click("#wrong button")
    browser.until(
        lambda: browser.run("return getSelection().toString()") == "loglake ignore /app/shop --lake aws:loglake"
    )


def test_an_answer_is_downloaded(watched: WatchedStack, browser: Browser, tmp_path: Path) -> None:
    assert watched.page
    browser.download_to(tmp_path)
    browser.run("document.getElementById('statement').value = 'SELECT 40 + 2 AS answer'")
    browser.click("[value='/answer.csv']")
    file = tmp_path / "answer.csv"
    browser.until(file.exists)
    assert file.read_bytes() == b"answer\r\n42\r\n"
    assert browser.text("#connection") == "Live"  # the page stays


def test_a_statement_that_fails_is_no_file(watched: WatchedStack, browser: Browser) -> None:
    assert watched.page
    browser.run("document.getElementById('statement').value = 'SELECT <b>'")
    browser.click("[value='/answer.csv']")
    browser.until(lambda: "SYNTAX_ERROR" in browser.text("#answer [role=alert]"))
    assert browser.run("return document.getElementById('statement').value") == "SELECT <b>"
    assert all("400" in line for line in browser.complaints())
