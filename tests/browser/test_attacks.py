"""A page of another site in a real browser can't read from or change a running stack.

`tests/local/test_attacks.py` tries the same as plain HTTP.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from support.page.attacks import Attack, attacks, state
from support.page.browser import REBOUND
from support.page.other_sites import another_site
from support.page.watched_stacks import watched_stack

from gluelocal.cloud.callers import CLIENT

if TYPE_CHECKING:
    from support.page.browser import Browser
    from support.page.watched_stacks import WatchedStack

pytestmark = pytest.mark.browser

FETCH = """
const [endpoint, attacks, mode] = arguments;
const tell = async ({ method, path, body, headers }) => {
  const given = ["GET", "HEAD"].includes(method) ? undefined : body;
  try {
    const answer = await fetch(endpoint + path, { method, headers, body: given, mode, credentials: "include" });
    return { type: answer.type, status: answer.status, text: await answer.text() };
  } catch (error) {
    return { type: "refused", status: 0, text: "" };
  }
};
const told = [];
for (const attack of attacks) told.push(await tell(attack));
return told;
"""
"""What each request comes to, as far as the page learns of it."""

FORM = """
const [action, enctype, fields] = arguments;
const frame = document.createElement("iframe");
frame.name = "answer" + document.querySelectorAll("iframe").length;
const form = document.createElement("form");
Object.assign(form, { action, enctype, method: "post", target: frame.name });
for (const [name, value] of Object.entries(fields)) {
  const field = document.createElement("textarea");
  Object.assign(field, { name, value });
  form.append(field);
}
document.body.append(frame, form);
const loaded = new Promise((done) => (frame.onload = done));
form.submit();
await loaded;
try {
  return frame.contentDocument ? frame.contentDocument.body.innerText : "closed";
} catch {
  return "closed";
}
"""
"""Posts a form as a person would who presses its button; what the page can read of the answer."""

TAGS = """
const tags = { img: "src", script: "src", link: "href", embed: "src" };
const loads = Object.entries(tags).map(([tag, attribute]) => new Promise((done) => {
  const element = document.createElement(tag);
  if (tag === "link") element.rel = "stylesheet";
  element.onload = () => done(tag === "embed" ? "" : tag);
  element.onerror = () => done("");
  element[attribute] = arguments[0];
  document.body.append(element);
  setTimeout(() => done(""), 3000);
}));
return (await Promise.all(loads)).filter(Boolean);
"""
"""The elements by which a page could load an address."""

FLOOD = """
const [address, size] = arguments;
const body = new Blob([new Uint8Array(size)], { type: "text/plain" });
try { await fetch(address, { method: "POST", mode: "no-cors", body }); } catch {}
"""
ASK = """
const headers = { Authorization: `Bearer ${sessionStorage.getItem("loglake.token")}` };
const answer = await fetch(arguments[0], { method: "POST", body: arguments[1], headers });
return [answer.status, await answer.text()];
"""
FLOOD_BYTES = 200 << 20


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedStack]:
    with watched_stack(tmp_path_factory.mktemp("attacked")) as made:
        yield made


@pytest.fixture
def quiet(browser: Browser) -> Iterator[Browser]:
    """The browser. Its complaints about refused requests are dropped."""
    yield browser
    browser.open("about:blank")
    browser.complaints()


@pytest.fixture(params=["localhost", "127.0.0.1", REBOUND], ids=["cross-site", "same-site", "named"])
def evil(request: pytest.FixtureRequest, quiet: Browser) -> Iterator[Browser]:
    """The browser, with a page of another site open; "same-site" is another port of this machine."""
    with another_site(request.param) as (address, _):
        quiet.open(address)
        yield quiet


def requests(attacked: WatchedStack) -> list[Attack]:
    """Attacks with the key id that every start once had, and with this start's id, which a presigned URL shows."""
    return [*attacks(attacked.stack), *attacks(attacked.stack, attacked.stack.aws.keys.of(CLIENT).id)]


def as_json(tried: list[Attack]) -> list[dict[str, Any]]:
    return [
        {"method": each.method, "path": each.path, "body": each.body, "headers": dict(each.headers)} for each in tried
    ]


def test_fetches_and_preflighted_puts_come_to_nothing(attacked: WatchedStack, evil: Browser) -> None:
    before, tried = state(attacked.stack), requests(attacked)
    reported = evil.run(FETCH, attacked.stack.aws.endpoint, as_json(tried), "cors")
    assert [each["type"] for each in reported] == ["refused"] * len(tried)
    assert state(attacked.stack) == before


def test_requests_without_a_preflight_come_to_nothing(attacked: WatchedStack, evil: Browser) -> None:
    before, tried = state(attacked.stack), [each for each in requests(attacked) if each.simple]
    assert {"moto's reset", "post a request", "list buckets"} <= {each.name for each in tried}
    reported = evil.run(FETCH, attacked.stack.aws.endpoint, as_json(tried), "no-cors")
    assert {(each["status"], each["text"]) for each in reported} == {
        (0, "")
    }  # a page learns nothing from opaque responses
    assert state(attacked.stack) == before


def test_form_posts_come_to_nothing(attacked: WatchedStack, evil: Browser) -> None:
    before, endpoint = state(attacked.stack), attacked.stack.aws.endpoint
    control = attacked.stack.outputs["ControlBucket"]
    put = {"key": "requests/requested/taken.json", "file": "{}"}
    start = {'{"JobName": "loglake-export-logs", "a": "': '"}'}  # with the "=" between, it is JSON
    for path, kind, fields in (
        ("/moto-api/reset", "application/x-www-form-urlencoded", {}),
        (f"/{control}", "multipart/form-data", put),
        (f"/{control}?delete", "text/plain", {"<Delete/>": ""}),
        ("/", "text/plain", start),
        ("/", "application/x-www-form-urlencoded", {"Action": "CreateUser", "UserName": "taken"}),
    ):
        assert evil.run(FORM, f"{endpoint}{path}", kind, fields) == "closed"
    assert state(attacked.stack) == before


def test_no_element_loads_an_object(attacked: WatchedStack, evil: Browser) -> None:
    s3, bucket = attacked.stack.client("s3"), attacked.stack.outputs["LakeBucket"]
    for key, kind in (("a.js", "text/javascript"), ("a.css", "text/css"), ("a.svg", "image/svg+xml")):
        body = b"<svg xmlns='http://www.w3.org/2000/svg'/>" if key == "a.svg" else b"/**/"
        s3.put_object(Bucket=bucket, Key=f"web/{key}", Body=body, ContentType=kind)
        address = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": f"web/{key}"})
        assert evil.run(TAGS, f"{attacked.stack.aws.endpoint}/{bucket}/web/{key}") == []
        assert evil.run(TAGS, address) == []  # not even with a key that it was given


def test_a_person_may_open_a_presigned_url(attacked: WatchedStack, quiet: Browser) -> None:
    s3, bucket = attacked.stack.client("s3"), attacked.stack.outputs["LakeBucket"]
    s3.put_object(Bucket=bucket, Key="web/a.txt", Body=b"to be read", ContentType="text/plain")
    quiet.open(s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "web/a.txt"}))
    assert quiet.text("body") == "to be read"
    before = state(attacked.stack)
    reported = quiet.run(
        FETCH, attacked.stack.aws.endpoint, as_json(requests(attacked)), "cors"
    )  # from this very origin
    assert {each["status"] for each in reported} <= {400, 403}
    assert state(attacked.stack) == before


def test_a_name_that_was_made_to_mean_this_machine_gets_nothing(attacked: WatchedStack, quiet: Browser) -> None:
    """DNS rebinding: the page's own name now resolves to this machine, so the browser takes it for the same site."""
    endpoint = attacked.stack.aws.endpoint.replace("127.0.0.1", REBOUND)
    before = state(attacked.stack)
    quiet.open(endpoint)
    assert "This is for this machine alone" in quiet.text("body")
    reported = quiet.run(FETCH, endpoint, as_json(requests(attacked)), "cors")
    assert {each["status"] for each in reported} == {403}
    assert state(attacked.stack) == before
    quiet.open(attacked.page.replace("127.0.0.1", REBOUND))
    assert "This page is for this machine alone" in quiet.text("body")


def test_the_page_takes_no_memory_for_what_another_site_sends(attacked: WatchedStack, evil: Browser) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for address in (
        urljoin(attacked.page, "/answer"),
        f"{attacked.stack.aws.endpoint}/b/k",
    ):
        evil.run(FLOOD, address, FLOOD_BYTES)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before  # in kB
    assert grown < FLOOD_BYTES / 1024 / 4
    assert (
        evil.run(FORM, urljoin(attacked.page, "/answer"), "application/x-www-form-urlencoded", {"sql": "SELECT 1"})
        == "closed"
    )


def test_the_page_says_to_its_own_site_that_a_statement_is_too_large(attacked: WatchedStack, quiet: Browser) -> None:
    quiet.open(attacked.page)
    status, text = quiet.run(ASK, "/answer", "x" * 2_000_000)
    assert (status, "too large" in text) == (413, True)
