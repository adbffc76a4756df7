"""Who may ask the page's server: browsers of this machine, for the page itself and for no other site; pure.

The server listens on loopback alone. That keeps other machines out, and not the web pages that a browser here has open:
one can post to any address, and one whose own name is made to mean 127.0.0.1 (DNS rebinding) can read the answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake_cli.local.cloud.wire.loopback_hosts import is_loopback

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
"""Of every answer: what comes from logs and tables can load and run nothing, and no other site can have it."""

_READS = frozenset({"GET", "HEAD"})


def refusal(method: str, headers: Mapping[str, str]) -> str | None:
    """Why a request is refused, in a sentence; None if it isn't.

    A client that is no browser sends neither Origin nor Sec-Fetch-Site (Fetch Metadata Request Headers, W3C), which web
    pages can't leave out.

    Args:
        method: of the request.
        headers: Host, Origin and Sec-Fetch-Site, as far as they are there.
    """
    host = headers.get("Host", "")
    if not is_loopback(host):
        return "This page is for this machine alone: open it as http://127.0.0.1 or http://localhost, with its port."
    if method in _READS:
        return None
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site not in {None, "same-origin", "none"} or origin not in {None, f"http://{host}"}:
        return "Another site can't post here."
    return None
