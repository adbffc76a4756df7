"""The entry of every request to the embedded AWS: first who may step in, then our own services, then moto."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Callable, Optional

from gluelocal.cloud.callers import EXPORTER
from gluelocal.cloud.wire.calls import Answer, Call, read_call, send
from gluelocal.cloud.wire.json_service import JsonService

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Observer = Callable[["WSGIEnvironment"], None]
"""Sees a request before it is answered."""

Guard = Callable[[Call], Optional[Answer]]
"""Refuses a call that its caller may not make; None lets it pass."""

Around = Callable[[Call, Callable[[], Iterable[bytes]], "StartResponse"], Iterable[bytes]]
"""Answers a call; the function that it gets carries the call out and answers it."""


@dataclass(frozen=True)
class Dispatcher:
    """A WSGI application.

    Attributes:
        services: our own services; more may be added later.
        fallback: moto's application.
        around: answers each call.
        observe: sees every request first.
        catch_up: called before a request is answered, so that the answer shows what is due by now. It isn't called for
            requests of CloudWatch Logs itself, which are part of catching up.
        guard: checks each call before it is carried out.
    """

    services: Sequence[JsonService]
    fallback: WSGIApplication
    around: Around
    observe: Observer
    catch_up: Callable[[], None]
    guard: Guard

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        self.observe(environ)
        call = read_call(environ)
        if call.caller != EXPORTER:
            self.catch_up()
        return self.around(call, partial(self._answered, call, start_response), start_response)

    def _answered(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        answers = (service.answer(call) for service in self.services)
        answer = self.guard(call) or next(filter(None, answers), None)
        return send(answer, start_response) if answer else self.fallback(call.environ, start_response)
