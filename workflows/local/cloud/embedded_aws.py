"""The embedded AWS of the local runtime: moto's server in this process, with the parts that moto lacks.

moto's export task is not CloudWatch's, and its DescribeLogStreams loses pages for a stream name with ``@``: such calls
are answered by our own services before moto sees them.
"""

from __future__ import annotations

import os
import threading
import time
import urllib.request
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Callable

import boto3
import botocore.session
from botocore.config import Config
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from workflows.local.cloud.export_service import ExportService, ExportSettings
from workflows.local.cloud.http_server import LoopbackServer
from workflows.local.cloud.json_service import JsonService
from workflows.local.cloud.log_store import LogStore
from workflows.local.cloud.stream_listing import stream_listing

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from typing_extensions import Self

    from glue_jobs.core.ports import Clock

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "loglake-local", "AWS_SECRET_ACCESS_KEY": "loglake-local"}
_CLIENT_CONFIG = Config(
    proxies={},
    max_pool_connections=32,
    retries={"mode": "standard", "max_attempts": 2},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_RUNNING = threading.Lock()

Observer = Callable[["WSGIEnvironment"], None]
"""Sees a request before it is answered."""


class EmbeddedAws:
    """An AWS account on a free loopback port, empty at the start; a context manager.

    moto's state belongs to the process, so there can be one at a time. Clients from `client` and processes started
    with `environment` need nothing else; whatever AWS configuration the person has is not looked at.

    Attributes:
        region: the Region that clients and jobs use.
        account_id: the account's number.
        log_store: loads events of any age.
        observe: called with the WSGI environment of every request before it is answered, in the request's thread;
            whoever wants to see the calls, or to break in at one, sets it.
    """

    account_id: str = DEFAULT_ACCOUNT_ID

    def __init__(self, clock: Clock, region: str = "us-east-1", export: ExportSettings | None = None) -> None:
        self.region = region
        self.log_store = LogStore(region)
        self.observe: Observer = lambda _environ: None
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._session = _session(region)
        self._exports = ExportService(clock, LogStore, lambda: self.client("s3"), export or ExportSettings())
        with ExitStack() as undo:  # undone in reverse, also where starting fails half-way
            _claim_process(undo)
            moto_app = DomainDispatcherApplication(create_backend_app)
            services = [self._exports.api, stream_listing(LogStore)]
            self._server = LoopbackServer(_Dispatcher(services, moto_app, self._observed))
            undo.callback(self._server.stop)
            undo.callback(self._close_clients)
            undo.callback(self._reset_moto)
            self._reset_moto()
            self._undo = undo.pop_all()

    @property
    def endpoint(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:40123``."""
        return self._server.url

    def client(self, service: str) -> Any:
        """A boto3 client of a service, the same one each time; safe to share between threads."""
        return self.client_in(self.region, service)

    def client_in(self, region: str, service: str) -> Any:
        """As `client`, in another Region of the same account."""
        with self._lock:
            if (region, service) not in self._clients:
                self._clients[region, service] = self._session.client(
                    service,  # type: ignore[call-overload]  # any service, by its name
                    region_name=region,
                    endpoint_url=self.endpoint,
                    config=_CLIENT_CONFIG,
                )
            return self._clients[region, service]

    def environment(self) -> dict[str, str]:
        """What a job's process needs in its environment to use this AWS and no other.

        No other ``AWS_*`` variable may be inherited: an ``AWS_PROFILE`` would name a profile that is not there.
        """
        return {
            **_CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "TZ": "UTC",
        }

    def stop(self) -> None:
        """Cancels running exports, forgets moto's state, closes clients and server. Stopping twice is harmless."""
        self._exports.stop()
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _observed(self, environ: WSGIEnvironment) -> None:
        self.observe(environ)

    def _close_clients(self) -> None:
        for client in self._clients.values():
            client.close()

    def _reset_moto(self) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST"), timeout=30):
            pass


class _Dispatcher:
    """A WSGI application: our own services first, moto for everything else."""

    def __init__(self, services: Iterable[JsonService], fallback: Any, observe: Observer) -> None:
        self._services = list(services)
        self._fallback = fallback
        self._observe = observe

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._observe(environ)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        for service in self._services:
            if service.answers(target):
                status, body = service.answer(target, _signed_region(environ), environ["wsgi.input"].read())
                start_response(
                    "200 OK" if status == 200 else f"{status} Bad Request",
                    [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))],
                )
                return [body]
        answer: Iterable[bytes] = self._fallback(environ, start_response)
        return answer


def _signed_region(environ: WSGIEnvironment) -> str:
    """The Region of a signed request: ``Credential=<key>/<date>/<region>/<service>/aws4_request``."""
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
    return scope[2] if len(scope) > 2 else "us-east-1"


def _session(region: str) -> boto3.session.Session:
    """A session that reads no profile, no configuration file and no proxy of the person who runs this."""
    unset = {"profile": (None, None, None, None)}
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return boto3.session.Session(
        aws_access_key_id=_CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=_CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
        botocore_session=botocore.session.Session(session_vars={**unset, **files}),
    )


def _claim_process(undo: ExitStack) -> None:
    """Makes sure that there is one embedded AWS, and sets the process to UTC: parts of moto use the local zone."""
    if not _RUNNING.acquire(blocking=False):
        raise RuntimeError("an embedded AWS runs in this process already: stop it first, moto's state is shared")
    undo.callback(_RUNNING.release)
    undo.callback(_set_zone, os.environ.get("TZ"))  # noqa: TID251 - no setting: the C library reads TZ from here
    _set_zone("UTC")


def _set_zone(zone: str | None) -> None:
    if zone is None:
        os.environ.pop("TZ", None)  # noqa: TID251 - as above
    else:
        os.environ["TZ"] = zone  # noqa: TID251 - as above
    time.tzset()
