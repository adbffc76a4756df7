"""The entry of every request to the embedded AWS: faults first, then our own services, then moto."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable, Optional

from gluelocal.cloud.faults.fault_names import answer_of
from gluelocal.cloud.faults.injection import EXPORTER, Fault, Faults
from gluelocal.cloud.wire.calls import Call, read_call
from gluelocal.cloud.wire.error_answers import Answer, send
from gluelocal.cloud.wire.json_service import JsonService

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Observer = Callable[["WSGIEnvironment"], None]
"""Sees a request before it is answered."""

Guard = Callable[[Call], Optional[Answer]]
"""Refuses a call that its caller may not make; None lets it pass."""


@dataclass(frozen=True)
class Dispatcher:
    """A WSGI application.

    Attributes:
        services: our own services; more may be added later.
        fallback: moto's application.
        faults: the faults to inject into calls.
        observe: sees every request first.
        catch_up: called before a request is answered, so that the answer shows what is due by now. It isn't called for
            the export service's own requests, which are part of catching up.
        guard: checks each call before it is carried out.
        stopping: releases calls that a fault holds up.
    """

    services: Sequence[JsonService]
    fallback: WSGIApplication
    faults: Faults
    observe: Observer
    catch_up: Callable[[], None]
    guard: Guard
    stopping: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        self.observe(environ)
        call = read_call(environ)
        if call.caller != EXPORTER:
            self.catch_up()
        fault = self.faults.fault_of(call)
        return self._faulty(fault, call, start_response) if fault else self._answered(call, start_response)

    def _faulty(self, fault: Fault, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        if fault.kind == "error":
            return send(answer_of(fault, call), start_response)
        if fault.kind in {"slow", "hang"}:
            self.stopping.wait(fault.delay_s)
        if fault.kind in {"drop", "hang"}:
            raise ConnectionAbortedError(f"{call.service}:{call.operation} is lost, by a fault rule")
        answer = self._answered(call, start_response)
        if fault.kind == "slow":
            return answer
        list(answer)  # carries it out completely
        if fault.kind == "hang_after":
            self.stopping.wait(fault.delay_s)
        raise ConnectionAbortedError(f"the answer of {call.service}:{call.operation} is lost, by a fault rule")

    def _answered(self, call: Call, start_response: StartResponse) -> Iterable[bytes]:
        answers = (service.answer(call) for service in self.services)
        answer = self.guard(call) or next(filter(None, answers), None)
        return send(answer, start_response) if answer else self.fallback(call.environ, start_response)
