"""The export job's report on a handled request, beside the moved object, for the person who waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.keys import HANDLED, LONGEST_NAME, REQUESTS


@dataclass(frozen=True)
class RequestReport:
    """What a person should know about a request besides its windows, in sentences.

    Attributes:
        not_exported: what it asks for and doesn't get, and why.
        notes: what is good to know.
    """

    not_exported: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.not_exported or self.notes)

    def and_also(self, other: RequestReport) -> RequestReport:
        """Merges two reports, each sentence once: a request that is not planned whole is planned again."""
        return RequestReport(
            _once([*self.not_exported, *other.not_exported]),
            _once([*self.notes, *other.notes]),
        )

    def to_body(self, key: str) -> bytes:
        """The content of the report's object."""
        fields = {"key": key, "not_exported": self.not_exported, "notes": self.notes}
        return json.dumps(fields, indent=1).encode()

    @classmethod
    def from_body(cls, body: bytes) -> RequestReport:
        """The inverse of `to_body`."""
        fields = json.loads(body)
        return cls(tuple(fields["not_exported"]), tuple(fields["notes"]))


def report_key(request_key: str) -> str:
    """The key of a request's report, which exists if there is anything to say.

    It is written before the request is moved.
    """
    return f"{HANDLED}{request_key[len(REQUESTS) :][:LONGEST_NAME]}.report.json"


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
