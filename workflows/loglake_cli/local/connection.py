"""How to reach a running stack: its address, its credentials and its contents."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loglake.core.keys import LANDING, REQUESTS
from loglake.core.requests.requests import request_body
from loglake.core.units import LogGroupName, format_instant
from loglake.core.windows import Window
from loglake_cli.local.run_input import Prepared
from loglake_cli.local.stack import LocalStack
from loglake_cli.wording import command, program

_UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
"""Variables that would lead a client elsewhere, even with the others set."""

_NOTHING = "Nothing is deployed yet. What somebody deploys by CloudFormation runs from then on."

_SHOWN = 3
"""The most ranges with a printed request."""


@dataclass(frozen=True)
class Standing:
    """A running stack.

    Attributes:
        environment: the variables that lead any AWS client to it.
        buckets: the names of control, raw and lake; empty if nothing is deployed yet.
        workflows: the names of the Glue workflows.
        prefix: the prefix of the deployment.
        log_groups: the log groups with events, and the number of events.
        requests: the time ranges of these events in order, each with its log groups.
        page: the page's address; empty if it is not served.
        program: the command that starts loglake.
    """

    endpoint: str
    region: str
    account_id: str
    environment: Mapping[str, str]
    buckets: Mapping[str, str]
    workflows: tuple[str, ...]
    crawler: str
    database: str
    ledger_table: str
    prefix: str
    log_groups: Mapping[LogGroupName, int]
    requests: tuple[tuple[Window, tuple[LogGroupName, ...]], ...]
    page: str = ""
    program: str = "loglake"

    def to_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints."""
        return {
            "endpoint": self.endpoint,
            "region": self.region,
            "account_id": self.account_id,
            "credentials": {name: self.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
            "environment": dict(self.environment),
            "buckets": dict(self.buckets),
            "workflows": list(self.workflows),
            "crawler": self.crawler,
            "database": self.database,
            "ledger_table": self.ledger_table,
            "prefix": self.prefix,
            "log_groups": dict(self.log_groups),
            "requests": {
                "bucket": self.buckets.get("control"),
                "key_prefix": f"{REQUESTS}requested/",
                "bodies": [json.loads(request_body(list(groups), window)) for window, groups in self.requests],
            },
            "landing": {"bucket": self.buckets.get("raw"), "key_prefix": LANDING},
            "page": self.page or None,
        }

    def text(self) -> str:
        """As `to_json`, for a person; indented lines can be pasted into another terminal."""
        lines = [
            f"The embedded AWS is up at {self.endpoint}, Region {self.region}. In another terminal:",
            "",
            f"  unset {' '.join(_UNSET)}",
            *(f"  export {name}={shlex.quote(value)}" for name, value in self.environment.items()),
            "",
            *(self._deployed() if self.buckets else [_NOTHING]),
        ]
        return "\n".join(lines)

    def _deployed(self) -> list[str]:
        """What there is, and how to use it."""
        return [
            f"Buckets: {', '.join(self.buckets.values())}",
            f"Workflows: {', '.join(self.workflows)}; crawler: {self.crawler}; database: {self.database}",
            "",
            *(self._requests() if self.requests else []),
            f"An object below s3://{self.buckets['raw']}/{LANDING} runs its workflow, too. To see how far it all is:",
            "",
            f"  {command('status', f'--lake aws:{self.prefix}', start=self.program)}",
            *(["", f"Or open {self.page} in a browser of this machine."] if self.page else []),
        ]

    def _requests(self) -> list[str]:
        """Ways to request the log groups' events."""
        window, groups = self.requests[0]
        body = json.dumps(json.loads(request_body(list(groups), window)))
        more = len(self.requests) - _SHOWN
        return [
            "Nothing of the log groups is asked for yet. A request has it exported and converted:",
            "",
            *(f"  {line}" for line in export_commands(self.requests[:_SHOWN], self.prefix, self.program)),
            *([f"  # and {more} more ranges: --json has them all"] if more > 0 else []),
            "",
            "So does any AWS client that puts an object:",
            "",
            f"  echo {shlex.quote(body)} | aws s3 cp - s3://{self.buckets['control']}/{REQUESTS}requested/mine.json",
            "",
        ]


def export_commands(
    requests: Iterable[tuple[Window, Sequence[LogGroupName]]], prefix: str, start: str = "loglake"
) -> Iterator[str]:
    """A command for each range that requests its events."""
    for window, groups in requests:
        ends = f"--from {format_instant(window.from_ms)} --to {format_instant(window.to_ms)}"
        yield command("export", ends, f"--lake aws:{prefix}", names=groups, start=start)


def standing(stack: LocalStack, prepared: Prepared, page: str = "") -> Standing:
    """The facts of a stack with its input loaded."""
    environment = stack.aws.environment()
    names = stack.outputs
    return Standing(
        endpoint=stack.aws.endpoint,
        region=stack.aws.region,
        account_id=stack.aws.account_id,
        environment={name: value for name, value in environment.items() if name != "TZ"},
        buckets={name.lower(): names[f"{name}Bucket"] for name in ("Control", "Raw", "Lake")} if names else {},
        workflows=tuple(stack.model.workflows),
        crawler=names.get("CrawlerName", ""),
        database=names.get("DatabaseName", ""),
        ledger_table=names.get("LedgerTable", ""),
        prefix=names.get("LedgerTable", "").removesuffix("-ledger"),
        log_groups={group: sum(map(len, streams.values())) for group, streams in prepared.groups.items()},
        requests=prepared.requests(),
        page=page,
        program=program(),
    )
