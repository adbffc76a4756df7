"""The page of a running stack as a WSGI application, and its server, which listens only on loopback."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from gluelocal.cloud.http_server import LoopbackServer
from gluelocal.cloud.wire import calls as cloud
from gluelocal.cloud.wire.loopback_hosts import is_loopback
from loglake.core.ports.clock import Clock
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake_cli.errors import REFUSALS
from loglake_cli.local.connection import export_commands
from loglake_cli.local.stack import LocalStack
from loglake_cli.operations.deployment import on_aws
from loglake_cli.operations.standing.missing_reads import missing_in
from loglake_cli.operations.tables.query_output import csv_text
from loglake_cli.ui.contexts import Searches, Watched, lake_context, live_context, search_context
from loglake_cli.ui.pages import Answer, Pages, Pick
from loglake_cli.ui.runs import Runs
from loglake_cli.ui.shown_rows import csv_name
from loglake_cli.ui.tables import FILE_BOUNDS, Mirror, Tables

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from athena_duckdb.query.query_bounds import Bounds


HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Headers of every answer: content of logs and tables can load and run nothing, and no other site can use it."""


def refusal(method: str, path: str, headers: Mapping[str, str], token: str) -> str | None:
    """Why a request is refused, in a sentence; None if it is allowed.

    The server listens only on loopback. That keeps other machines out, but neither other users of this machine nor
    other web pages in a local browser: a page can post to any address, and if its own name resolves to 127.0.0.1 (DNS
    rebinding), it can read the answers. So each start has a token, which is printed as the fragment of the page's
    address: browsers send no fragment to any server. It is no cookie, because all ports of a host share cookies (RFC
    6265, section 8.5).

    Only browsers send Origin and Sec-Fetch-Site (Fetch Metadata Request Headers, W3C), and web pages can't leave them
    out.

    Args:
        method: the request's method.
        path: its decoded path.
        headers: Host, Origin, Sec-Fetch-Site and Authorization, if present.
        token: the token of this start.
    """
    host = headers.get("Host", "")
    if not is_loopback(host):
        return "This page is for this machine alone: open it as http://127.0.0.1 or http://localhost, with its port."
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    is_foreign = site not in {None, "same-origin", "none"} or origin not in {None, f"http://{host}"}
    if is_foreign and method not in {"GET", "HEAD"}:
        return "Another site can't post here."
    if path == "/" or path.startswith("/static/"):  # files of loglake, with nothing of the stack
        return None
    given = headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return (
            "The page needs its token: open the whole address that `loglake local up` printed, with what follows the #."
        )
    return None


_log = logging.getLogger(__name__)

_KINDS = {"html": "text/html; charset=utf-8", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_STATIC = frozenset({"page.html", "ui.css", "parts.css", "morph.js", "ui.js", "search.js", "sql.js", "icon.svg"})
_URLS = Map(
    [
        Rule("/", endpoint="static", methods=["GET"], defaults={"name": "page.html"}),
        Rule("/live", endpoint="live", methods=["GET"]),
        Rule("/lake", endpoint="lake", methods=["GET"]),
        Rule("/found", endpoint="found", methods=["GET"]),
        Rule("/answer", endpoint="answer", methods=["POST"]),
        Rule("/answer.csv", endpoint="csv", methods=["POST"]),
        Rule("/static/<name>", endpoint="static", methods=["GET"]),
    ]
)
_LARGEST_FORM_BYTES = 64 * 1024
"""The form that the page posts: an SQL statement."""


@dataclass(frozen=True)
class App:
    """Implements `http_server.Application`; any number of threads may call it."""

    watched: Watched
    token: str = field(repr=False)
    pages: Pages = field(default_factory=Pages)
    most_bytes: int = _LARGEST_FORM_BYTES

    def refusal(self, environ: WSGIEnvironment) -> cloud.Answer | None:
        """The refusal of a request from another site, to another name of this machine, or without the token.

        Also of a form without a length: the page sends none, and the server would wait for the end of chunks.
        """
        request = Request(environ)
        refused = refusal(request.method, request.path, dict(request.headers), self.token)
        if refused:
            return _in_words(403, refused)
        if "HTTP_TRANSFER_ENCODING" in environ or (request.method == "POST" and "CONTENT_LENGTH" not in environ):
            return _in_words(411, "Send the body with a Content-Length, not in chunks.")
        return None

    def bad_request(self, _environ: WSGIEnvironment, status: int, message: str) -> cloud.Answer:
        """The answer to a body that isn't accepted."""
        return _in_words(status, message)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers a request, with headers that keep other sites out."""
        response = self._response(Request(environ))
        response.headers.update(HEADERS)
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        try:
            endpoint, values = _URLS.bind_to_environ(request.environ).match()
            handler: Callable[..., Response] = getattr(self, f"_{endpoint}")
            return handler(request, **values)
        except HTTPException as error:
            return Response(f"{error.description}\n", error.code or 500)
        except Exception as error:  # an error of the page must not stop the stack
            _log.exception("%s %s failed", request.method, request.path)
            return Response(f"{type(error).__name__}: {error}\n", 500)

    def _live(self, request: Request) -> Response:
        return self._html("live.html", endpoint=self.watched.endpoint, **live_context(self.watched, _pick(request)))

    def _lake(self, request: Request) -> Response:
        return self._html("lake.html", **lake_context(self.watched, _pick(request)))

    def _found(self, request: Request) -> Response:
        return self._html("found.html", **search_context(self.watched, _pick(request)))

    def _answer(self, request: Request) -> Response:
        return self._html("answer.html", answer=self._answered(request.form.get("sql", "")))

    def _csv(self, request: Request) -> Response:
        answer = self._answered(request.form.get("sql", ""), FILE_BOUNDS)
        if not answer.result:
            return Response(answer.error, 400)
        return Response(
            csv_text(answer.result, formulas="exact" in request.form).encode("utf-8", "replace"),
            headers={"Content-Disposition": f'attachment; filename="{csv_name(answer.result)}"'},
            content_type="text/csv; charset=utf-8",
        )

    def _static(self, _request: Request, name: str) -> Response:
        if name not in _STATIC:
            raise NotFound
        path = Path(__file__).with_name("static") / name
        return Response(path.read_bytes(), content_type=_KINDS[path.suffix[1:]])

    def _answered(self, sql: str, bounds: Bounds | None = None) -> Answer:
        if not sql.strip():
            return Answer(sql, error="Give one SELECT statement.")
        try:
            result = self.watched.mirror.query(sql, bounds)
            return Answer(sql, result, missing=missing_in(self.watched.deployment, result.reads).sentences())
        except (*REFUSALS, ClientError, BotoCoreError) as error:
            return Answer(sql, error=str(error))

    def _html(self, template: str, **context: Any) -> Response:
        return Response(
            self.pages.render(template, **context).encode("utf-8", "replace"), content_type="text/html; charset=utf-8"
        )


def _in_words(status: int, message: str) -> cloud.Answer:
    return cloud.Answer(
        status, [("Content-Type", "text/plain; charset=utf-8"), *HEADERS.items()], f"{message}\n".encode()
    )


def _pick(request: Request) -> Pick:
    return Pick(**{name: request.args.get(name, "") for name in Pick.__dataclass_fields__})


Loaded = Sequence[tuple["Window", Sequence["LogGroupName"]]]
NOTHING: Loaded = ()


@contextmanager
def serving(stack: LocalStack, clock: Clock, port: int = 0, loaded: Loaded = NOTHING) -> Iterator[str]:
    """Serves the page in threads of this process until the block ends; yields its address with its token.

    Args:
        stack: the stack; it must run until the block ends.
        clock: gives the times for running nodes and lags.
        port: 0 means any free port.
        loaded: the time ranges that have events, each with its log groups; the page shows how to request them.

    Raises:
        ConfigError: the port is taken.
    """
    token = secrets.token_urlsafe(32)
    with Mirror(stack.aws) as mirror:
        server = LoopbackServer(App(watched(stack, clock, mirror, loaded), token), port)
        try:
            yield f"{server.url}/#token={token}"
        finally:
            server.stop()


def watched(stack: LocalStack, clock: Clock, mirror: Mirror, loaded: Loaded = NOTHING) -> Watched:
    """The context of the page."""
    prefix = stack.outputs["LedgerTable"].removesuffix("-ledger")
    deployed = on_aws(prefix, stack.outputs["DatabaseName"], stack.client, clock)
    deployment = replace(deployed, ended_runs=tuple)  # the page shows the runs themselves
    tables = Tables(mirror, deployment)
    requests = tuple(export_commands(loaded, prefix))
    return Watched(
        Runs(stack, clock),
        tables,
        mirror,
        Searches(mirror),
        deployment,
        stack.aws.endpoint,
        prefix,
        stack.datasets,
        requests,
    )
