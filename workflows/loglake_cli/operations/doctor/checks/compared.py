"""Compares what is deployed with the templates. A check is a type, the call that reads it, and the parts that count."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, Look, problem

Read = Callable[[Account, str], "Shape | None"]
"""A resource as AWS has it, by its name; None if it is not there."""

_PUT_BACK = "{redeploy}  # puts back what was changed beside the stack"


def found(service: str, operation: str, member: str = "Name", inside: str = "") -> Read:
    """Reads a resource by a call that takes its name as a member, and answers it inside of another one, or alone."""

    def read(account: Account, name: str) -> Shape | None:
        answer = account.reader.found(service, operation, **{member: name})
        return answer[inside] if answer and inside else answer

    return read


def compared(
    kind: str,
    read: Read,
    parts: Mapping[str, Callable[[Shape], Any]],
    fixes: Mapping[str, str] | None = None,
    *,
    names_gone: bool = True,
) -> Look:
    """Makes a check that each resource of a type is there, and is as its template says.

    Args:
        kind: the type, such as ``AWS::Glue::Trigger``.
        read: reads one from AWS.
        parts: by their names in messages, what is compared: each is taken from the template and from AWS alike.
        fixes: the command that corrects a part, unless it is another deployment.
        names_gone: whether it reports what is not there; else another check does.
    """
    word = kind.rpartition("::")[2].lower()

    def look(account: Account) -> Iterator[Finding]:
        for resource in account.expected.of_type(kind):
            name, there = resource.name, read(account, resource.name)
            if there is None:
                gone = problem(name, f"The {word} {name} is not there.", account.redeploy)
                yield from [gone] if names_gone else []
                continue
            for what, part in parts.items():
                have, want = part(there), part(resource.properties)
                if have != want:
                    fix = (fixes or {}).get(what, _PUT_BACK)
                    yield problem(
                        name,
                        f"{what} of the {word} {name} is {_text(have)}, and should be {_text(want)}.",
                        fix.format(name=name, want=json.dumps(want), redeploy=account.redeploy),
                    )

    return look


def _text(value: object) -> str:
    return "not set" if value is None else json.dumps(value) if isinstance(value, (dict, list)) else str(value)
