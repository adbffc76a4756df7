"""Takes the pictures of README and docs: the page and a terminal after the sample, light and dark."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from support.local.stacks_up import start_up
from support.page.browser import Browser, chromium

from pictures.terminal import terminals

if TYPE_CHECKING:
    from support.local.stacks_up import Up

MOST_BYTES = 200_000
TABLES = 3
"""Of the sample."""

PICTURES = {
    "local-page": (1440, "header", ".hits li:nth-child(6)"),
    "local-sql": (1440, "#sql", "#sql"),
    "local-run": (1440, "#run", "#log"),
    "local-narrow": (375, "header", ".hits li:nth-child(4)"),
}
"""By name: the width of the window, and the first and the last element that is in the picture."""

SQL = "SELECT level, count(*) AS events FROM loglake.app_shop GROUP BY level ORDER BY events DESC"
STATES = "return [...document.querySelectorAll('#runs [data-label=state]')].map((each) => each.innerText)"
CONVERT = "return document.querySelector('.across .node[aria-label*=convert-logs]').id.replace('across-', '')"


def main() -> int:
    """Starts a stack, exports and converts its log groups, and takes pictures of the page."""
    (target,) = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="loglake-") as folder:
        up = start_up(Path(folder), "--ui", "--lake", "kept")
        try:
            ask_for_all(up)
            with chromium() as browser:
                browser.open(up.document["page"])
                up.until(lambda: is_done(browser) or None)
                too_large = [path for path in pictures(browser, up, target) if path.stat().st_size > MOST_BYTES]
        finally:
            up.stop(signal.SIGTERM, 300)
        too_large += [path for path in terminals(target, Path(folder) / "kept") if path.stat().st_size > MOST_BYTES]
    for path in too_large:
        print(f"{path} has more than {MOST_BYTES:,} bytes", file=sys.stderr)
    return 1 if too_large else 0


def ask_for_all(up: Up) -> None:
    """Puts the requests that the stack proposes."""
    requests = up.document["requests"]
    for number, body in enumerate(requests["bodies"]):
        key = f"{requests['key_prefix']}{number}.json"
        up.client("s3").put_object(Bucket=requests["bucket"], Key=key, Body=json.dumps(body).encode())


def is_done(browser: Browser) -> bool:
    """Whether the page shows all tables, and no run that is not completed."""
    states = browser.run(STATES)
    tables = browser.run("return document.querySelectorAll('#tables-table tbody tr').length")
    return bool(states) and {*states} == {"COMPLETED"} and tables == TABLES


def pictures(browser: Browser, up: Up, target: Path) -> list[Path]:
    """Takes all pictures, with the convert job as the selected node."""
    node = browser.run(CONVERT)
    written = []
    for name, (width, first, last) in PICTURES.items():
        for dark in (False, True):
            browser.look(width, dark=dark)
            browser.open("about:blank")  # or the page would stay as it is, since only the fragment is another one
            browser.open(up.document["page"].replace("/#", f"/?node={node}#"))
            browser.until(lambda: browser.text("#connection") == "Live" and browser.text(".hits"))
            browser.run("document.getElementById('statement').value = arguments[0]", SQL)
            browser.click("#query button")
            browser.until(lambda: browser.text("#answer table"))
            browser.run("document.activeElement.blur()")
            written.append(target / f"{name}{'-dark' if dark else ''}.png")
            browser.picture(written[-1], first, last)
    assert browser.complaints() == []
    return written


if __name__ == "__main__":
    sys.exit(main())
