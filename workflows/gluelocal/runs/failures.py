"""Failures of runs, each reported once: its cause, and the log to read."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gluelocal.engine.views import NodeView, RunView
from gluelocal.iam.access_report import AccessReport


def node_failures(failed: Iterable[tuple[RunView, NodeView]], logs: Path | None) -> Iterator[str]:
    """A sentence for each failed node, with the command that shows its log; `logs` has the jobs' logs."""
    for run, node in failed:
        cause = f"{node.type.lower()} {node.name} of {run.name} is {node.state}: {node.error or 'no reason given'}"
        log = logs.absolute() / f"{node.attempts[-1].id}.log" if logs and node.attempts else None
        shown = node.type == "JOB" and log is not None and log.is_file()
        yield f"{cause}\n  Its log: less {shlex.quote(str(log))}" if shown else cause


def refusals(access: AccessReport | None, said: Sequence[str]) -> list[str]:
    """Refusals of roles, without those that another sentence names with role and action."""
    return [
        sentence
        for call, sentence in (access.refused() if access else ())
        if not any(call.role in each and call.action in each for each in said)
    ]
