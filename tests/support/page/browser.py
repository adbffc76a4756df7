"""Headless Chromium by the W3C WebDriver protocol, which Debian's chromium-driver speaks over HTTP on loopback."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's reference (WebDriver, "Elements")."""

REBOUND = "evil.example"
"""The name of another site, which means this machine (DNS rebinding)."""

_FLAGS = [
    "--headless",
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The page must work offline.
    f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
_WAIT_S = 60
_T = TypeVar("_T")

KEYS = {"tab": "\ue004", "enter": "\ue007", "control": "\ue009"}


@dataclass(frozen=True)
class Browser:
    """A browser with one window."""

    port: int
    session: str

    def open(self, url: str) -> None:
        """Opens a page and waits until it is loaded."""
        self._call("url", {"url": url})

    def look(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Sets the window's size in CSS pixels, and the preference for light or dark."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._devtools("Emulation.setDeviceMetricsOverride", metrics)
        preference = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self._devtools("Emulation.setEmulatedMedia", {"features": [preference, still]})

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs a function body in the page, and returns its result."""
        return self._call("execute/sync", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        """Clicks an element like a person: it must be there, visible and uncovered."""
        element = self._call("element", {"using": "css selector", "value": selector})[_ELEMENT]
        self._call(f"element/{element}/click", {})

    def press(self, *keys: str) -> None:
        """Presses keys in sequence on the focused element; ``control+enter`` presses both together."""
        acts: list[dict[str, str]] = []
        for key in keys:
            parts = [KEYS.get(part, part) for part in key.split("+")] if len(key) > 1 else [key]
            acts += [{"type": "keyDown", "value": part} for part in parts]
            acts += [{"type": "keyUp", "value": part} for part in reversed(parts)]
        self._call("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": acts}]})

    def text(self, selector: str) -> str:
        """The text of an element that is shown; empty if there is none."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def until(self, found: Callable[[], _T | None]) -> _T:
        """Polls until there is a result."""
        deadline = time.monotonic() + _WAIT_S
        while not (value := found()):
            assert time.monotonic() < deadline, self.text("body")
            time.sleep(0.05)
        return value

    def picture(self, path: Path, first: str, last: str) -> None:
        """Writes a PNG of the page, as wide as the window, from the top of one element to the bottom of another one."""
        size = "const at = (selector) => document.querySelector(selector).getBoundingClientRect();"
        top, bottom = self.run(f"{size} return [at(arguments[0]).top, at(arguments[1]).bottom]", first, last)
        width, offset = self.run("return [innerWidth, scrollY]")
        clip = {"x": 0, "y": top + offset, "width": width, "height": bottom - top, "scale": 1}
        shot = self._devtools("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        path.write_bytes(base64.b64decode(shot["data"]))

    def download_to(self, folder: Path) -> None:
        """Makes the browser save downloads in a folder without asking."""
        self._devtools("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})

    def complaints(self) -> list[str]:
        """The browser's log since the last call: script errors, and blocked content."""
        return [entry["message"] for entry in self._call("se/log", {"type": "browser"})]

    def _devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._call("goog/cdp/execute", {"cmd": command, "params": parameters})

    def _call(self, path: str, body: dict[str, Any]) -> Any:
        return call(self.port, "POST", f"/session/{self.session}/{path}", body)


def call(port: int, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Sends a command of the protocol; an error becomes an AssertionError."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        value = json.loads(connection.getresponse().read())["value"]
    finally:
        connection.close()
    assert not (isinstance(value, dict) and "error" in value), value
    return value


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with an empty profile; it and its driver are gone when the block ends."""
    program, binary = shutil.which("chromedriver"), shutil.which("chromium")
    assert program, "make test-ui installs Chromium's driver"
    assert binary, "make test-ui installs Chromium"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="loglake-chromium-", ignore_cleanup_errors=True) as profile:
        options = {"binary": binary, "args": [*_FLAGS, f"--user-data-dir={profile}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        with subprocess.Popen(
            [program, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        ) as driver:
            try:
                _await(port)
                made = call(port, "POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
                yield Browser(port, made["sessionId"])
                call(port, "DELETE", f"/session/{made['sessionId']}")
            finally:
                driver.terminate()


def _await(port: int) -> None:
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            call(port, "GET", "/status")
            return
        except OSError:
            assert time.monotonic() < deadline, "chromedriver does not answer"
            time.sleep(0.05)
