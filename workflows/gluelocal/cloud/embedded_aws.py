"""The embedded AWS of the local runtime: moto's server in this process, with the parts that moto lacks.

moto has no metrics of log groups, its DescribeLogStreams loses pages if a stream name has an ``@``, and its
FilterLogEvents has no page that is empty and has a token. Our own services answer these calls before moto sees them.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_api._internal.models import moto_api_backend

from gluelocal.clock import SystemClock
from gluelocal.cloud.access_keys import AccessKey, AccessKeys
from gluelocal.cloud.callers import CLIENT, EXPORTER, RUNTIME
from gluelocal.cloud.dispatch import Around, Dispatcher, Guard, Observer
from gluelocal.cloud.doorkeeper import Doorkeeper
from gluelocal.cloud.events.event_intake import event_intake
from gluelocal.cloud.events.s3_events import notify_as_s3
from gluelocal.cloud.http_server import LoopbackServer
from gluelocal.cloud.logs.event_pages import EventPages
from gluelocal.cloud.logs.incoming_events import incoming_events
from gluelocal.cloud.logs.listings import listings
from gluelocal.cloud.logs.log_store import LogStore, keep_time
from gluelocal.cloud.missing_calls import missing_calls
from gluelocal.cloud.moto_application import moto_application
from gluelocal.cloud.s3_front import S3Front
from gluelocal.cloud.streaming.firehose import Firehose
from gluelocal.cloud.streaming.subscriptions import Subscriptions
from gluelocal.cloud.wire.service_models import models

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from gluelocal.clock import Clock
    from gluelocal.cloud.wire.json_service import JsonService

_CLIENT_CONFIG = Config(
    proxies={},
    max_pool_connections=32,
    retries={"mode": "standard", "max_attempts": 2},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
_RUNNING = threading.Lock()


class EmbeddedAws:
    """An AWS account on a loopback port (any free port if `port` is 0), empty at the start; a context manager.

    moto's state belongs to the process, so only one can exist at a time. Clients from `client` and processes started
    with `environment` need nothing else; the person's own AWS configuration is never read. Each start has its own
    access keys. Web pages and other users of the machine don't know them, so they get no answer.

    Attributes:
        region: the Region that clients and jobs use.
        account_id: the account's number.
        keys: the valid access keys.
        log_store: loads events of any age.
        event_pages: how pages of FilterLogEvents come; tests give them other rules.
        firehose: the records that delivery streams have collected and not written yet.
        clock: its time.
        around: answers each call. Set it to make calls fail.
        stopping: set when it stops, for calls that wait.
        services: services that are answered here, not by moto; more may be added.
        s3: the parts of S3 that moto alone doesn't handle.
        observe: called in the request's thread, before the answer, with the WSGI environment of every request that is
            let in. Set it to watch calls or to step in.
        guard: refuses calls that their caller may not make; without a guard, every call is allowed.
    """

    account_id: str = DEFAULT_ACCOUNT_ID

    def __init__(
        self,
        clock: Clock,
        region: str = "us-east-1",
        port: int = 0,
    ) -> None:
        self.clock = clock
        self.region = region
        self.keys = AccessKeys()
        self._log_stores: dict[str, LogStore] = {}
        self.log_store = self.log_store_in(region)
        self.observe: Observer = lambda _environ: None
        self.guard: Guard = lambda _call: None
        self.around: Around = lambda _call, answered, _start_response: answered()
        self.stopping = threading.Event()
        self._session = _session()
        self._clients: dict[tuple[AccessKey, str, str], Any] = {}
        self._lock = threading.Lock()
        self.firehose = Firehose(clock, self.client_of_logs)
        subscriptions = Subscriptions(clock, self.account_id, self.firehose, self.log_store_in)
        self.event_pages = EventPages(clock, self.log_store_in)
        self.services: list[JsonService] = [
            listings(self.log_store_in),
            event_intake(clock, self.log_store_in, subscriptions.written),
            self.event_pages.api,
            incoming_events(clock, self.log_store_in),
            subscriptions.api,
            *missing_calls(),
        ]
        with ExitStack() as undo:  # undone in reverse order, also if the start fails half-way
            _claim_process(undo)
            undo.callback(keep_time(clock))
            undo.callback(notify_as_s3())
            undo.callback(self.firehose.take_over())
            self.s3 = S3Front(moto_application())
            dispatcher = Dispatcher(
                self.services,
                self.s3,
                around=lambda *call: self.around(*call),  # noqa: PLW0108 - it may be set later
                observe=lambda environ: self.observe(environ),  # noqa: PLW0108 - as above
                catch_up=self.catch_up,
                guard=lambda call: self.guard(call),  # noqa: PLW0108 - as above
            )
            self._server = LoopbackServer(Doorkeeper(dispatcher, self.keys, SystemClock().now_ms), port)
            undo.callback(self._server.stop)
            undo.callback(self.stopping.set)
            undo.callback(self._close_clients)
            undo.callback(moto_api_backend.reset)
            moto_api_backend.reset()
            self._undo = undo.pop_all()

    @property
    def endpoint(self) -> str:
        """Its address, such as ``http://127.0.0.1:40123``."""
        return self._server.url

    def client(self, service: str) -> Any:
        """A boto3 client of a service, the same one each time; safe to share between threads."""
        return self.client_in(self.region, service)

    def client_in(self, region: str, service: str) -> Any:
        """As `client`, in another Region of the same account."""
        return self._client(self.keys.of(RUNTIME), region, service)

    def client_of_logs(self) -> Any:
        """An S3 client of CloudWatch Logs, for the objects that it writes."""
        return self._client(self.keys.of(EXPORTER), self.region, "s3")

    def client_as(self, key: AccessKey, service: str) -> Any:
        """As `client`, with another access key."""
        return self._client(key, self.region, service)

    def _client(self, key: AccessKey, region: str, service: str) -> Any:
        with self._lock:
            if (key, region, service) not in self._clients:
                self._clients[key, region, service] = self._session.client(
                    service,  # type: ignore[call-overload]  # any service, by its name
                    region_name=region,
                    aws_access_key_id=key.id,
                    aws_secret_access_key=key.secret,
                    aws_session_token=key.token or None,
                    endpoint_url=self.endpoint,
                    config=_CLIENT_CONFIG,
                )
            return self._clients[key, region, service]

    def log_store_in(self, region: str) -> LogStore:
        """The log store of a Region."""
        return self._log_stores.setdefault(region, LogStore(region))

    def environment(self) -> dict[str, str]:
        """The environment variables that lead a job's process to this AWS and no other.

        Don't let it inherit another ``AWS_*`` variable: an ``AWS_PROFILE`` would name a profile that doesn't exist.
        """
        return {
            **self.keys.of(CLIENT).environment(),
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
        """Clears moto's state, closes clients and server. A second stop is harmless."""
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def catch_up(self) -> None:
        """Does what is due by now. Every call starts with this."""
        self.firehose.deliver()

    def _close_clients(self) -> None:
        for client in self._clients.values():
            client.close()


@cache
def _session() -> boto3.session.Session:
    """A session that reads no profile, configuration file or proxy of the person.

    One per process: it keeps the models of the services, and loading them takes longer than the rest of a start.
    """
    empty = (None, None, os.devnull, None)
    unset = {"profile": (None, None, None, None), "config_file": empty, "credentials_file": empty}
    session = botocore.session.Session(session_vars=unset)
    session.register_component("data_loader", models())
    return boto3.session.Session(botocore_session=session)


def _claim_process(undo: ExitStack) -> None:
    """Ensures that only one embedded AWS exists, and sets the process to UTC: parts of moto use the local zone."""
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
