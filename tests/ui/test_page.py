"""The page of a running stack as HTML and JSON: only for allowed clients, and without harm."""

from __future__ import annotations

import csv
import http.client
import io
import socket
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from support.page.address import authorization
from support.page.watched_stacks import EXPORT, HOSTILE, WatchedStack, watched_stack
from support.worlds.status_windows import DONE, hours
from werkzeug.test import Client

from loglake.aws.system_clock import SystemClock
from loglake.core.units import LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake_cli.ui.app import App, serving
from loglake_cli.ui.app import watched as watched_stack_of
from loglake_cli.ui.runs import Runs
from loglake_cli.ui.tables import Mirror

if TYPE_CHECKING:
    from gluelocal.engine.views import RunView

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedStack]:
    with watched_stack(tmp_path_factory.mktemp("up")) as made:
        made.write_table()
        yield made


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: str) -> None:
        self.status, self.headers, self.body = status, headers, body


class Elements(HTMLParser):
    """The start tags and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def ask(page: str, path: str, body: str | None = None, **headers: str) -> Answer:
    host = urlsplit(page)
    assert host.hostname
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
    given = authorization(page) | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET" if body is None else "POST", path, body, given)
    answer = connection.getresponse()
    done = Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
    connection.close()
    return done


def right_token(watched: WatchedStack) -> str:
    return authorization(watched.page)["Authorization"].split()[1]


def form(**fields: str) -> dict[str, str]:
    return {"body": urlencode(fields), "Content_Type": "application/x-www-form-urlencoded"}


def posted(page: str, sql: str) -> str:
    """The words of the answer to a statement."""
    answer = ask(page, "/answer", **form(sql=sql))
    assert answer.status == 200
    return " ".join(" ".join(Elements(answer.body).texts).split())


def test_the_page_shows_graph_runs_log_tables_and_groups(watched: WatchedStack) -> None:
    answers = [ask(watched.page, path) for path in ("/live", "/lake")]
    assert {(answer.status, answer.headers["Content-Type"]) for answer in answers} == {
        (200, "text/html; charset=utf-8")
    }
    found = Elements("".join(answer.body for answer in answers))
    labels = [str(attributes.get("aria-label")) for tag, attributes in found.tags if tag == "a"]
    assert [label for label in labels if label.startswith(f"trigger {EXPORT}-wake, FIRED")]
    assert [label for label in labels if label.startswith("job loglake-export-logs, FAILED")]
    assert [label for label in labels if label.startswith("job loglake-convert-logs, RUNNING")]
    assert [label for label in labels if label.startswith("crawler loglake-crawl-lake, WAITING")]
    words = " ".join("".join(found.texts).split())
    for text in (
        "Job loglake-convert-logs RUNNING",  # what runs is what one wants to see
        "line 299",
        "RUNNING, 1 failed",
        "0 of 3 succeeded, 1 failed",
        "/app/shop",
        "loglake.app_shop",
        "Version 1 + n bigint",
    ):
        assert text in words
    assert "line 99 " not in words


def test_the_search_comes_first_then_what_happens_now(watched: WatchedStack) -> None:
    found = Elements(ask(watched.page, "/").body)
    sections = [attributes["id"] for tag, attributes in found.tags if tag == "section"]
    assert sections == ["search", "now", "tables", "sql", "groups", "run", "node", "runs"]
    parts = ask(watched.page, "/live").body.split("<section")[0] + ask(watched.page, "/lake").body.split("<section")[0]
    now = " ".join("".join(Elements(parts).texts).split())
    for text in (
        "RUNNING, 1 failed",
        "FAILED job loglake-export-logs",
        "it broke: <script>",
        "Trouble: /app/shop: 1 window",
    ):
        assert text in now


def test_a_run_with_a_failed_node_has_no_green_badge(watched: WatchedStack) -> None:
    found = Elements(ask(watched.page, "/live").body)
    badges = {attributes["class"] for tag, attributes in found.tags if tag == "span" and "state" in str(attributes)}
    assert "state bad" in badges
    assert "state good" not in badges  # no job of this run succeeded


def test_commands_can_be_copied_and_nothing_else_of_a_sentence(watched: WatchedStack) -> None:
    found = Elements(ask(watched.page, "/lake").body)
    copied = [
        attributes["data-copy"] for tag, attributes in found.tags if tag == "button" and "data-copy" in attributes
    ]
    assert copied[:2] == [
        "loglake ignore /app/shop --lake aws:loglake",
        "loglake rerun --log-group /app/shop --lake aws:loglake",
    ]


def searched(watched: WatchedStack, **asked: str) -> str:
    """The words of what a search shows."""
    answer = ask(watched.page, "/found?" + urlencode(asked))
    assert answer.status == 200, answer.body
    return " ".join("".join(Elements(answer.body).texts).split())


def test_the_newest_events_of_all_tables_are_drawn_and_listed(watched: WatchedStack) -> None:
    found = Elements(ask(watched.page, "/found").body)
    (label,) = [attributes["aria-label"] for tag, attributes in found.tags if attributes.get("class") == "bars"]
    assert label == "Events per minute: 3 no level, from 2026-11-20 08:00 to 2026-11-20 08:01 UTC"
    assert [attributes["data-href"] for tag, attributes in found.tags if attributes.get("class") == "bar"] == [
        "/?begin=2026-11-20T08%3A00&end=2026-11-20T08%3A01#found"
    ]
    words = searched(watched)
    assert words.startswith("3 events The last 30 days with such events are counted.")
    assert words.index("2026-11-20 08:00:02.000") < words.index("2026-11-20 08:00:00.000")
    assert "event_time 2026-11-20 08:00:02.000 message <script>" in words
    assert "n NULL dt 2026-11-20" in words


def test_a_text_a_time_and_a_level_are_searched(watched: WatchedStack) -> None:
    assert "3 events with “taken”" in searched(watched, find=" taken ")
    assert "No column of ids has it, so the texts of all events were searched." in searched(watched, find="taken")
    assert searched(watched, find="nowhere").startswith("No event was found in 1 table")
    at = {"begin": "2026-11-20T08:00", "end": "2026-11-20T08:01"}
    assert searched(watched, **at).startswith("3 events Whether anything is missing is unknown")
    assert searched(watched, begin="2026-11-20T08:01").startswith("No event was found in 1 table")
    assert searched(watched, level="ERROR") == "No table has levels."
    assert searched(watched, level="x").startswith("3 events")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"begin": "tomorrow"}, "'tomorrow' is not a time: write it like"),
        ({"begin": "2026-11-20", "end": "2026-11-20"}, "the end of the time is not after its beginning."),
    ],
)
def test_a_wrong_time_is_said(watched: WatchedStack, asked: dict[str, str], error: str) -> None:
    assert error in searched(watched, **asked)


def test_a_search_stays_in_the_address_of_other_choices(watched: WatchedStack) -> None:
    found = Elements(ask(watched.page, "/lake?find=x&level=ERROR").body)
    hrefs = {str(attributes.get("href")) for tag, attributes in found.tags if tag == "a"}
    assert "/?table=loglake.app_shop&find=x&level=ERROR#table" in hrefs


def test_an_answer_says_what_it_lacks(watched: WatchedStack) -> None:
    ask_missing = ask(watched.page, "/answer", **form(sql="SELECT count(*) FROM app_shop")).body
    assert 'aria-label="What the answer lacks"' in ask_missing
    assert "What the answer lacks" not in ask(watched.page, "/answer", **form(sql="SELECT 1")).body


def test_an_answer_is_had_as_csv(watched: WatchedStack) -> None:
    asked = form(sql=f"SELECT n, '{HOSTILE.replace(chr(39), '')}' AS text FROM app_shop ORDER BY n")
    answer = ask(watched.page, "/answer.csv", **asked, Sec_Fetch_Site="same-origin")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="answer.csv"'
    assert [row[:1] for row in csv.reader(io.StringIO(answer.body))] == [["n"], ["1"], ["2"], [""]]
    refused = ask(watched.page, "/answer.csv", **form(sql="DROP VIEW app_shop"))
    assert (refused.status, "The tables are only read" in refused.body) == (400, True)
    assert ask(watched.page, "/answer.csv", **asked, Origin="http://evil.example").status == 403
    assert (
        ask(watched.page, "/answer.csv", **form(sql="SELECT x FROM UNNEST(sequence(1, 501)) AS t(x)")).body.count("\n")
        == 502
    )


def test_a_downloaded_file_has_no_formulas_unless_it_is_asked_for(watched: WatchedStack) -> None:
    sql = "SELECT '=1+1' AS \"@a\", -1 AS n"
    assert ask(watched.page, "/answer.csv", **form(sql=sql)).body.splitlines() == ["'@a,n", "'=1+1,-1"]
    assert ask(watched.page, "/answer.csv", **form(sql=sql, exact="on")).body.splitlines() == ["@a,n", "=1+1,-1"]


def test_an_empty_page_says_what_to_paste(watched: WatchedStack) -> None:
    with Mirror(watched.stack.aws) as mirror:
        window = Window(parse_instant("2026-11-20T08:00:00Z"), parse_instant("2026-11-20T09:00:00Z"))
        loaded = ((window, (LogGroupName("/app/shop"),)),)
        told = watched_stack_of(watched.stack, SystemClock(), mirror, loaded)
        command = (
            "loglake export /app/shop --from 2026-11-20T08:00:00.000Z --to 2026-11-20T09:00:00.000Z --lake aws:loglake"
        )
        assert told.requests == (command,)

        class NoRuns(Runs):
            def newest(self) -> list[RunView]:
                return []

        app = Client(App(replace(told, runs=NoRuns(watched.stack, SystemClock())), "x"))
        page = app.get("/live", headers={"Authorization": "Bearer x"}).text
        assert f'data-copy="{command}"' in page


def test_what_comes_from_outside_is_text(watched: WatchedStack) -> None:
    graph = Runs(watched.stack, SystemClock()).graph("", EXPORT)
    failed = next(node.id for node in graph.nodes if node.view.state == "FAILED")
    statement = f"SELECT '{HOSTILE.replace(chr(39), chr(39) * 2)}' AS \"<b>\""
    pages = [
        ask(watched.page, f"/live?node={failed}"),
        ask(watched.page, "/found"),
        ask(watched.page, "/answer", **form(sql=statement)),
        ask(watched.page, "/answer", **form(sql=HOSTILE)),
        ask(
            watched.page, "/live?" + urlencode(dict.fromkeys(["run", "workflow", "node", "attempt", "table"], HOSTILE))
        ),
        ask(watched.page, "/lake"),
        ask(watched.page, "/found?" + urlencode({"find": HOSTILE, "level": HOSTILE})),
        ask(watched.page, "/found?" + urlencode({"begin": HOSTILE})),
    ]
    for page in pages:
        assert page.status == 200, page.body
        found = Elements(page.body)
        assert not [tag for tag, _ in found.tags if tag in {"img", "b", "style", "iframe"}]
        assert "script" not in {tag for tag, _ in found.tags}
        assert not [name for _, attributes in found.tags for name in attributes if name.startswith("on")]
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
    for page in pages[:3]:
        assert HOSTILE in "".join(Elements(page.body).texts)
    assert "\\u001b[31mred\\u0000 \\u202eturned" in pages[0].body  # what hides or turns text is written out


def test_a_log_is_had_by_the_id_of_what_ran_and_by_nothing_else(watched: WatchedStack) -> None:
    (watched.stack.jobs.log_dir / "other.log").write_text("not of a job\n")
    runs = Runs(watched.stack, SystemClock())
    found = [text for _, text in runs.log_lines(watched.attempt("loglake-export-logs"))]
    assert found[:2] == ["one", HOSTILE]
    assert (runs.log_lines("other"), runs.log_lines("../../etc/passwd")) == ((), ())


def test_sql_answers_as_loglake_query_does(watched: WatchedStack) -> None:
    said = posted(watched.page, "SELECT n, dt FROM app_shop ORDER BY n NULLS LAST")
    missing = "Whether anything is missing is unknown: the ledger has no window of app_shop."
    assert f"3 rows. {missing} n dt 1 2026-11-20 2 2026-11-20 NULL 2026-11-20" in said
    said = posted(watched.page, "SELECT event_time, n / 2, map(ARRAY[1], ARRAY[0.5]) FROM app_shop WHERE n = 1")
    assert "event_time _col1 _col2" in said
    assert "0 {1=0.5}" in said
    assert "there are more" in posted(watched.page, "SELECT x FROM UNNEST(sequence(1, 501)) AS t(x)")
    assert "TABLE_NOT_FOUND: Table 'nowhere'" in posted(watched.page, "SELECT * FROM nowhere")


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("DROP VIEW app_shop", "only read"),
        ("COPY (SELECT 1) TO '/tmp/loglake-written.csv'", "no statement begins with 'COPY'"),
        ("WITH x AS (COPY (SELECT 1) TO '/tmp/loglake-written.csv') SELECT * FROM x", "SYNTAX_ERROR"),
        ("SELECT * FROM read_text('/etc/passwd')", "read_text"),
        ("SELECT * FROM '/etc/passwd.csv'", "TABLE_NOT_FOUND"),
        ("SELECT strftime(event_time, '%Y') FROM app_shop", "Athena has no function strftime"),
        ("SELECT level::varchar FROM app_shop", "Athena has no ::"),
        ("SELECT 1\0", "a NUL character at position 9"),
        ("SELECT sequence(1, 400000000)", "because it needs more than 1,024 MB of memory: select fewer rows"),
        ("SELECT 1; SELECT 2", "Give one statement"),
        ("  ", "Give one SELECT statement."),
    ],
)
def test_sql_that_does_anything_else_is_refused(watched: WatchedStack, sql: str, error: str) -> None:
    assert error in posted(watched.page, sql)


def test_a_browser_that_goes_away_while_its_query_runs_harms_nobody(watched: WatchedStack) -> None:
    host = urlsplit(watched.page)
    numbers = "UNNEST(sequence(1, 2000))"
    sql = f"SELECT sum(a.x) FROM {numbers} a(x), {numbers} b(x) WHERE (a.x + b.x) % 7 = 3"
    body = urlencode({"sql": sql})
    for _ in range(2):
        with socket.create_connection((host.hostname, host.port), timeout=60) as browser:
            head = (
                f"POST /answer HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            )
            browser.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    assert "1 row. answer 42" in posted(watched.page, "SELECT 40 + 2 AS answer")
    assert ask(watched.page, "/lake").status == 200


def test_bytes_that_are_no_text_get_a_sentence(watched: WatchedStack) -> None:
    kind = "application/x-www-form-urlencoded"
    answer = ask(watched.page, "/answer", "sql=SELECT+%27%FF%27+AS+a", Content_Type=kind)
    assert (answer.status, "%FF" in answer.body) == (200, True)
    assert "has a NUL character at position 8" in ask(watched.page, "/answer", "sql=SELECT+%00", Content_Type=kind).body


def test_a_statement_is_answered_with_a_part_of_the_page(watched: WatchedStack) -> None:
    answer = ask(watched.page, "/answer", **form(sql="SELECT 40 + 2 AS answer"))
    assert "1 row. answer 42" in " ".join("".join(Elements(answer.body).texts).split())
    assert "are only read" in ask(watched.page, "/answer", **form(sql="DELETE FROM app_shop")).body


def test_nothing_of_the_stack_is_shown_without_the_token(watched: WatchedStack) -> None:
    right = authorization(watched.page)["Authorization"]
    wrong = [
        "",
        "Bearer ",
        "Bearer None",
        right[:-1],
        right + "A",
        right.swapcase(),
        right.replace("Bearer", "Basic"),
        "é",
    ]
    paths = [
        "/live",
        "/lake",
        "/found",
        "/nothing",
        "//live",
        "/static",
        "/x/../static/ui.js",
        "/?run=1/live",
        "/%6Cive",
        "/LIVE",
    ]
    for given in wrong:
        for path in paths:
            answer = ask(watched.page, path, Authorization=given, Cookie=f"token={right.split()[1]}")
            assert (answer.status, answer.body.startswith("The page needs its token")) == (
                (200, False) if path.startswith("/?") else (403, True)
            ), (given, path)
            assert "loglake-" not in answer.body
            assert "app_shop" not in answer.body
    for path in ("/answer", "/answer.csv"):
        refused = ask(watched.page, path, **form(sql="SELECT 1 AS one"), Authorization="")
        assert (refused.status, "one" in refused.body) == (403, False)
    assert ask(watched.page, f"/live?token={right.split()[1]}", Authorization="").status == 403


def test_what_anybody_may_read_is_the_same_for_every_stack(watched: WatchedStack) -> None:
    port = str(urlsplit(watched.page).port)
    for path in ("/", "/?node=x", "/static/ui.js", "/static/search.js", "/static/sql.js", "/static/ui.css"):
        answer = ask(watched.page, path, Authorization="")
        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert not [
            secret for secret in (right_token(watched), port, str(watched.stack.aws.endpoint)) if secret in answer.body
        ]


def test_each_start_has_another_token(watched: WatchedStack) -> None:
    with serving(watched.stack, SystemClock()) as page:
        assert right_token(watched) != authorization(page)["Authorization"].split()[1]
        assert ask(page, "/live", **authorization(watched.page)).status == 403
        assert ask(page, "/live").status == 200


def test_other_sites_are_kept_out(watched: WatchedStack) -> None:
    page = watched.page
    assert ask(page, "/live", Host="evil.example").status == 403
    assert ask(page, "/", Host="evil.example:80").status == 403
    refused = ask(page, "/answer", **form(sql="SELECT 1"), Origin="http://evil.example")
    assert (refused.status, refused.body) == (403, "Another site can't post here.\n")
    assert (
        ask(
            page, "/answer", **form(sql="SELECT 1"), Origin=urljoin(page, "/")[:-1], Sec_Fetch_Site="same-origin"
        ).status
        == 200
    )
    for answer in (ask(page, "/"), ask(page, "/live"), refused):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_what_is_not_there_or_too_large_is_said(watched: WatchedStack) -> None:
    assert ask(watched.page, "/nothing").status == 404
    assert ask(watched.page, "/static/..%2Fapp.py").status == 404
    assert ask(watched.page, "/static/app.py").status == 404
    assert ask(watched.page, "/answer").status == 405
    assert ask(watched.page, "/answer", **form(sql="x" * 70_000)).status == 413
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    for name in ("ui.css", "parts.css", "morph.js", "ui.js", "search.js", "sql.js", "icon.svg"):
        answer = ask(watched.page, f"/static/{name}")
        kind = answer.headers["Content-Type"].split(";")[0]
        assert (answer.status, kind) == (200, kinds[name.rpartition(".")[2]])
        assert "http://" not in answer.body.replace("http://www.w3.org/2000/svg", "")  # it works offline


def test_a_table_that_can_not_be_read_does_not_hide_the_others(watched: WatchedStack) -> None:
    glue = watched.stack.client("glue")
    table = {"Name": "csv", "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "string"}]}}
    glue.create_table(DatabaseName="loglake", TableInput=table)
    try:
        said = "".join(Elements(ask(watched.page, "/lake?table=loglake.csv").body).texts)
        assert "can't be read" in said
        assert "loglake.app_shop" in said
    finally:
        glue.delete_table(DatabaseName="loglake", Name="csv")


def test_files_that_are_gone_are_said(watched: WatchedStack) -> None:
    row = hours(2, 3, DONE)
    assert row.current
    noted = replace(row, current=replace(row.current, table_files=1, table_bytes=9))
    watched.stack.ledger.add(noted)
    said = f"app: rows are gone or damaged, those of 1 window, such as {row.log_group} {row.window}."
    assert said in " ".join(Elements(ask(watched.page, "/lake").body).texts)
    watched.stack.ledger.replace(replace(row, version=noted.version + 1))


def test_a_table_has_how_its_events_were_read(watched: WatchedStack) -> None:
    row = replace(hours(3, 4, DONE), table="app_shop")
    assert row.current
    counted = replace(row.current.accounting, read_as={"json": 1700, "text": 3})
    watched.stack.ledger.add(replace(row, current=replace(row.current, accounting=counted)))
    assert "json 1,700, plain text 3" in [text.strip() for text in Elements(ask(watched.page, "/lake").body).texts]


def test_what_goes_wrong_is_reported_and_is_no_end(watched: WatchedStack, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def graph(self, _run: str, _workflow: str) -> None:
            raise RuntimeError("it is broken")

    with Mirror(watched.stack.aws) as mirror:
        good = watched_stack_of(watched.stack, SystemClock(), mirror)
        client = Client(App(replace(good, runs=cast("Runs", Broken())), "the token"))
        answer = client.get("/live")
        assert (answer.status_code, answer.text) == (500, "RuntimeError: it is broken\n")
        assert "GET /live failed" in caplog.text
        assert client.get("/lake").status_code == 200
