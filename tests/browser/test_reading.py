"""If the page changes while a person reads it, focus, scroll position and selection stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.page.browser import Browser
    from support.page.watched_stacks import WatchedStack

pytestmark = pytest.mark.browser

FOCUSED = "return document.activeElement.id"
AT_END = "const log = document.getElementById('log'); return log.scrollTop + log.clientHeight >= log.scrollHeight - 4"
LINE_PLACE = """
const log = document.getElementById("log");
const line = [...log.querySelectorAll(".line")].find((each) => each.textContent === arguments[0]);
if (arguments[1]) {
  log.scrollTop += line.getBoundingClientRect().top - log.getBoundingClientRect().top - 50;
  getSelection().selectAllChildren(line);
}
return line.getBoundingClientRect().top - log.getBoundingClientRect().top;
"""
"""How far below the log's upper edge a line is, in CSS pixels; scrolls to it and selects it first, if asked to."""


def grow(watched: WatchedStack, browser: Browser, last: str, lines: int = 40) -> None:
    watched.write_log("loglake-convert-logs", *(f"more {number}" for number in range(lines)), last)
    browser.until(lambda: last in browser.text("#log"))


def test_the_end_of_a_log_that_grows_stays_in_view(watched: WatchedStack, browser: Browser) -> None:
    for last in ("one end", "another end"):
        grow(watched, browser, last)
        assert browser.run(AT_END)
        assert "line 99\n" not in browser.text("#log")


def test_lines_that_are_read_and_selected_stay_while_the_log_grows(watched: WatchedStack, browser: Browser) -> None:
    place = browser.run(LINE_PLACE, "line 200", True)
    for last in ("one end", "another end"):
        grow(watched, browser, last)
        assert browser.run(LINE_PLACE, "line 200", False) == pytest.approx(place, abs=2)
        assert browser.run("return getSelection().toString()") == "line 200"


def test_a_log_that_is_read_stays_when_its_job_fails(watched: WatchedStack, browser: Browser) -> None:
    browser.run("document.getElementById('log').focus({preventScroll: true})")
    place = browser.run(LINE_PLACE, "line 200", True)
    watched.end("loglake-convert-logs", "FAILED", "it broke")
    browser.until(lambda: "it broke" in browser.text("#node .error"))
    assert browser.run(FOCUSED) == "log"
    assert browser.run(LINE_PLACE, "line 200", False) == pytest.approx(place, abs=2)
    browser.click("#run .facts a")  # follow the newest run
    browser.until(lambda: "Crawler loglake-crawl-lake" in browser.text("#node"))
    assert browser.run(FOCUSED) == "run-title"
    assert "the page follows it" in browser.text("#run")


def test_a_log_that_is_scrolled_back_stays_when_the_next_node_starts(watched: WatchedStack, browser: Browser) -> None:
    browser.run("document.getElementById('log').scrollTop = 100")
    watched.end("loglake-convert-logs", "SUCCEEDED")
    browser.until(lambda: "SUCCEEDED" in browser.text("#node"))
    watched.start("loglake-log-landing")
    browser.until(lambda: "loglake-log-landing" in browser.text("#runs tbody"))
    assert "line 200" in browser.text("#log")
    browser.run("const log = document.getElementById('log'); log.scrollTop = log.scrollHeight")
    browser.until(lambda: "loglake-log-landing" in browser.text("#run-title"))


def test_the_focus_stays_on_a_run_when_another_one_comes(watched: WatchedStack, browser: Browser) -> None:
    browser.run("document.querySelector('#runs tbody a').focus()")
    chosen = browser.run(FOCUSED)
    watched.start("loglake-log-landing")
    browser.until(lambda: "loglake-log-landing" in browser.text("#runs tbody"))
    assert browser.run(FOCUSED) == chosen


def test_the_focus_goes_to_the_title_of_what_is_gone(watched: WatchedStack, browser: Browser) -> None:
    browser.run("document.querySelectorAll('.across .node')[3].focus()")
    watched.start("loglake-log-landing")
    browser.until(lambda: "loglake-log-landing" in browser.text("#run-title"))
    assert browser.run(FOCUSED) == "run-title"


def test_the_focus_stays_on_the_button_that_runs_a_query(watched: WatchedStack, browser: Browser) -> None:
    browser.run("document.getElementById('statement').value = 'SELECT 1 AS one'")
    for _ in range(2):
        browser.run("document.getElementById('answer').replaceChildren()")
        browser.run("document.querySelector('#query button').focus()")
        browser.press("enter")
        browser.until(lambda: browser.text("#answer table"))
        assert browser.run("return document.activeElement.textContent") == "Run the query"
        assert browser.text("#answer [role=status]") == "1 row."
