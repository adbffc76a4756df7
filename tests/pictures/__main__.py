"""Takes the pictures of README and docs: the page and a terminal after the sample, light and dark."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from support.local.stacks_up import start_up
from support.page.address import authorization
from support.page.browser import chromium

from pictures.terminal import terminals

if TYPE_CHECKING:
    from support.local.stacks_up import Up
from support.page.browser import Browser

MOST_BYTES = 200_000
TABLES = 3
"""Of the sample."""

PICTURES = {
    "local-page": (1440, "header", "#now"),
    "local-sql": (1440, "#sql", "#sql"),
    "local-run": (1440, "#run", "#log"),
    "local-narrow": (420, "header", "#table"),
}
"""By name: the width of the window, and the first and the last element that is in the picture."""

SQL = "SELECT level, count(*) AS events FROM loglake.app_shop GROUP BY level ORDER BY events DESC"


def main() -> int:
    """Starts a stack, exports and converts its log groups, and takes pictures of the page."""
    (target,) = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="loglake-") as folder:
        up = start_up(Path(folder), "--ui", "--lake", "kept")
        try:
            ask_for_all(up)
            up.until(lambda: is_done(up) or None)
            with chromium() as browser:
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


def is_done(up: Up) -> bool:
    """Whether the run is over; if so, checks that it has all tables."""
    runs = answer(up, "api/runs")["workflow_runs"]
    if not runs or any(run["ended"] is None for run in runs):
        return False
    tables = answer(up, "api/tables")["tables"]
    assert len(tables) == TABLES, runs
    return True


def answer(up: Up, path: str) -> Any:
    """The JSON response of the page's server."""
    page = up.document["page"]
    asked = urllib.request.Request(urljoin(page, f"/{path}"), headers=authorization(page))
    with urllib.request.urlopen(asked, timeout=60) as found:
        return json.load(found)


def pictures(browser: Browser, up: Up, target: Path) -> list[Path]:
    """Takes all pictures, with the convert job as the selected node."""
    nodes = answer(up, "api/graph")["nodes"]
    node = next(node["id"] for node in nodes if node["name"].endswith("convert-logs"))
    written = []
    for name, (width, first, last) in PICTURES.items():
        for dark in (False, True):
            browser.look(width, dark=dark)
            browser.open("about:blank")  # or the page would stay as it is, since only the fragment is another one
            browser.open(up.document["page"].replace("/#", f"/?node={node}#"))
            browser.until(lambda: browser.text("#connection") == "Live")
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
