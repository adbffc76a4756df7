"""axe-core finds no serious problem on the page, for people with poor sight, colour blindness, or no mouse."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.page.browser import Browser
    from support.page.watched_stacks import WatchedStack

pytestmark = pytest.mark.browser

FOUND = """
const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
const seen = violations.map(({ id, impact, nodes }) => [impact, id, ...nodes.map(({ html }) => html.slice(0, 120))]);
return [passes.length, seen];
"""
SERIOUS = {"serious", "critical"}


def axe() -> str:
    """The newest axe-core that `infra/setup/ensure-axe` installed beside this Python."""
    found = sorted(Path(sys.prefix).glob("axe-core-*/axe.min.js"))
    assert found, "make test-ui fetches axe-core"
    return found[-1].read_text(encoding="utf-8")


def findings(browser: Browser) -> list[Any]:
    passed, found = browser.run(f"{axe()}; {FOUND}")
    assert passed > 20  # axe-core did check something
    return [each for each in found if each[0] in SERIOUS]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 420])
def test_axe_finds_nothing_serious(watched: WatchedStack, browser: Browser, width: int, dark: bool) -> None:
    browser.look(width, dark=dark)
    assert findings(browser) == []  # there is no table yet
    watched.write_table()
    browser.until(lambda: "app_shop" in browser.text("#table") and browser.text(".hits"))
    browser.click("a.node.bad" if width >= 1240 else ".down a.node.bad")
    browser.until(lambda: "it broke" in browser.text("#node"))
    browser.click("[data-statement]")
    browser.click("#query button")
    browser.until(lambda: browser.text("#answer table"))
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    assert findings(browser) == []


def test_axe_would_find_what_is_wrong(watched: WatchedStack, browser: Browser) -> None:
    assert watched.page
    browser.run("document.querySelector('#statement').labels[0].remove()")
    assert [each[:2] for each in findings(browser)] == [["critical", "label"]]
