"""Waiting for AWS, with an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loglake_cli.deploy.errors import StackError

if TYPE_CHECKING:
    from loglake.core.ports.clock import Clock


class Wait:
    """A wait that ends after some time, whatever AWS does."""

    def __init__(self, clock: Clock, what: str, most_s: float) -> None:
        """Begins to wait.

        Args:
            clock: the clock.
            what: what it waits for, as the beginning of a sentence.
            most_s: how long, in seconds.
        """
        self._clock, self._what, self._most_s = clock, what, most_s
        self._until_ms = clock.now_ms() + most_s * 1000

    def sleep(self, seconds: float) -> None:
        """Waits until the next look.

        Raises:
            StackError: the time is over.
        """
        if self._clock.now_ms() >= self._until_ms:
            raise StackError(
                f"{self._what} took more than {self._most_s / 60:.0f} minutes. Run the same command again: it goes on "
                "from there."
            )
        self._clock.sleep(seconds)
