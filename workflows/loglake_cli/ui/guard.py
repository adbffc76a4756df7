"""Allows requests to the page's server only from browsers of this machine, for the page itself; pure.

The server listens only on loopback. That keeps other machines out, but not other web pages in a local browser: a page
can post to any address, and if its own name resolves to 127.0.0.1 (DNS rebinding), it can read the answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from gluelocal.cloud.wire.loopback_hosts import is_loopback

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers post the page's own forms with ``Origin: null``
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of every answer: content of logs and tables can load and run nothing, and no other site can use it."""


def refusal(method: str, headers: Mapping[str, str]) -> str | None:
    """Why a request is refused, in a sentence; None if it is allowed.

    Only browsers send Origin and Sec-Fetch-Site (Fetch Metadata Request Headers, W3C), and web pages can't leave them
    out.

    Args:
        method: the request's method.
        headers: Host, Origin and Sec-Fetch-Site, if present.
    """
    host = headers.get("Host", "")
    if not is_loopback(host):
        return "This page is for this machine alone: open it as http://127.0.0.1 or http://localhost, with its port."
    if method in {"GET", "HEAD"}:
        return None
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site not in {None, "same-origin", "none"} or origin not in {None, f"http://{host}"}:
        return "Another site can't post here."
    return None
