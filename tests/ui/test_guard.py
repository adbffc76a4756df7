"""Who may use the page's server."""

from __future__ import annotations

import pytest

from loglake_cli.ui.guard import refusal

pytestmark = pytest.mark.unit

HERE = "127.0.0.1:8080"


@pytest.mark.parametrize("host", [HERE, "localhost:8080", "LOCALHOST:1", "localhost", "[::1]:8080"])
def test_a_browser_of_this_machine_may(host: str) -> None:
    assert refusal("GET", {"Host": host}) is None
    assert refusal("POST", {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}) is None


@pytest.mark.parametrize(
    "host",
    ["", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil:80", "0.0.0.0:8080", "::1", "a:127.0.0.1"],
)
def test_a_name_that_was_made_to_mean_this_machine_may_not(host: str) -> None:
    """DNS rebinding: the page of evil.example calls its own name, which now resolves to this machine."""
    assert "this machine alone" in str(refusal("GET", {"Host": host}))
    assert refusal("POST", {"Host": host, "Origin": f"http://{host}"}) is not None


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:8080"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://127.0.0.1:9999", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_site_can_look_but_not_post(headers: dict[str, str]) -> None:
    asked = {"Host": HERE, **headers}
    assert refusal("POST", asked) == "Another site can't post here."
    assert refusal("DELETE", asked) == "Another site can't post here."
    assert refusal("GET", asked) is None


def test_a_client_that_is_no_browser_may_post() -> None:
    assert refusal("POST", {"Host": HERE}) is None
