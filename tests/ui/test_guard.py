"""Who may use the page's server."""

from __future__ import annotations

import pytest

from loglake_cli.ui.app import refusal as refusal_of

pytestmark = pytest.mark.unit

HERE = "127.0.0.1:8080"
TOKEN = {"Authorization": "Bearer secret"}


def refusal(method: str, headers: dict[str, str]) -> str | None:
    return refusal_of(method, "/live", TOKEN | headers, "secret")


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


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer secre", "Bearer secret ", "bearer secret", "secret", "Bearer sécret"]
)
@pytest.mark.parametrize("path", ["/live", "/lake", "/answer", "/answer.csv", "//", "/static", "/page.html", ""])
def test_who_lacks_the_token_gets_nothing_of_the_stack(given: str, path: str) -> None:
    said = refusal_of("GET", path, {"Host": HERE, "Authorization": given}, "secret")
    assert said == (
        "The page needs its token: open the whole address that `loglake local up` printed, with what follows the #."
    )


@pytest.mark.parametrize("path", ["/", "/static/ui.js"])
def test_the_empty_page_loads_without_the_token(path: str) -> None:
    assert refusal_of("GET", path, {"Host": HERE}, "secret") is None
