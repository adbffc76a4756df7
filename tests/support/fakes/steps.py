"""Converters that stop at their n-th call: for good, or until another one has overtaken them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from loglake.errors import LoglakeError
from support.fakes.stops import note_stop

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")


class CrashError(Exception):
    """Stands for a SIGKILL: nothing handles it, and no more calls follow."""


class Call(int):
    """The number of a call, from 0. Its text, as in test ids, also has the call's name."""

    def __new__(cls, number: int, name: str) -> Self:
        """Numbers a call, such as ``ledger.replace``."""
        made = super().__new__(cls, number)
        made._name = name
        return made

    def __str__(self) -> str:
        return f"{int(self)} {self._name}"

    __repr__ = __str__
    _name: str


class Steps:
    """Counts the calls of one converter, and does something right before one of them.

    Attributes:
        names: what was called, in order.
    """

    def __init__(self, at: int | None = None, act: Callable[[], object] = lambda: None) -> None:
        self.names: list[str] = []
        self._at = at
        self._act = act
        self._dead = False

    @property
    def calls(self) -> int:
        """The number of calls."""
        return len(self.names)

    def points(self, least: int = 1) -> list[Call]:
        """Each call so far, as a point to stop another converter at; fails if there are fewer than expected."""
        assert self.calls >= least
        return [Call(number, name) for number, name in enumerate(self.names)]

    def wrap(self, port: T) -> T:
        """A port that counts its calls."""
        return cast("T", _Stepped(port, self))

    def tick(self, name: str) -> None:
        """Counts a call that is about to be made."""
        if self._dead:
            raise CrashError
        if self.calls == self._at:
            note_stop(f"{self.calls} {name}")
            self._at = None
            try:
                self._act()
            except CrashError:
                self._dead = True
                raise
        self.names.append(name)


def crash() -> None:
    """Kills a converter in `Steps`."""
    raise CrashError


class _Stepped:
    """Forwards to a port, call by call. Removals and listings are split at the points where a crash can stop them."""

    def __init__(self, port: Any, steps: Steps) -> None:
        self._port = port
        self._steps = steps
        self._label = getattr(port, "bucket", "") or type(port).__name__.removeprefix("Memory").lower()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            if name == "delete":
                return self._delete(arguments[0])
            self._steps.tick(f"{self._label}.{name}")
            answer = found(*arguments, **named)
            return iter(list(answer)) if isinstance(answer, Iterator) else answer

        return call

    def _delete(self, keys: Any) -> None:
        for key in list(keys):
            self._steps.tick(f"{self._label}.delete")
            self._port.delete([key])


class Sleeper:
    """A converter in a thread of its own that falls asleep before its n-th call, until somebody wakes it.

    Only one of the two runs at a time, so the result does not depend on the machine's speed.
    """

    def __init__(self, run: Callable[[Steps], object], at: int) -> None:
        self._stopped = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(run, Steps(at, self._sleep)), daemon=True)
        self._thread.start()
        self._stopped.wait()

    def _sleep(self) -> None:
        self._stopped.set()
        self._woken.wait()

    def _work(self, run: Callable[[Steps], object], steps: Steps) -> None:
        try:
            with suppress(LoglakeError):
                run(steps)
        finally:
            self._stopped.set()

    def wake(self) -> None:
        """Lets it continue, and waits for its end."""
        self._woken.set()
        self._thread.join()
