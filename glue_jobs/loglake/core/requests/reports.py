"""What the export job says of a request once it is handled, beside the moved object: for who waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from loglake.core.keys import HANDLED, LONGEST_NAME, REQUESTS


@dataclass(frozen=True)
class RequestReport:
    """What is to be known of a request besides its windows, in sentences.

    Attributes:
        not_exported: what it asks for and does not get, and why.
        notes: what is good to know.
    """

    not_exported: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.not_exported or self.notes)

    def and_also(self, other: RequestReport) -> RequestReport:
        """Both, each sentence once: a request that is not planned whole is planned again."""
        return RequestReport(
            _once([*self.not_exported, *other.not_exported]),
            _once([*self.notes, *other.notes]),
        )

    def to_body(self, key: str) -> bytes:
        """The object that has it."""
        fields = {"key": key, "not_exported": self.not_exported, "notes": self.notes}
        return json.dumps(fields, indent=1).encode()

    @classmethod
    def from_body(cls, body: bytes) -> RequestReport:
        """Reads `to_body`."""
        fields = json.loads(body)
        return cls(tuple(fields["not_exported"]), tuple(fields["notes"]))


def report_key(request_key: str) -> str:
    """Where the report of a request is, if there is anything to say. It is written before the request is moved."""
    return f"{HANDLED}{request_key[len(REQUESTS) :][:LONGEST_NAME]}.report.json"


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
