"""The results of a run as data: for JSON, for the terminal, and for the exit status."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gluelocal.engine.views import NodeView, RunView
from gluelocal.iam.access_report import AccessReport


@dataclass(frozen=True)
class TemplateReport:
    """The report on a run of a person's own template.

    Attributes:
        ignored: the parts of the template that were left out, in words.
        warnings: what succeeded and made nothing, in sentences.
        access: the report on the roles' permissions; None if roles were not enforced.
        logs: the folder of the jobs' logs.
    """

    runs: tuple[RunView, ...]
    ignored: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    access: AccessReport | None = None
    logs: Path | None = None

    def problems(self) -> list[str]:
        """The jobs and crawlers that did not succeed, even if the workflow handled their failure.

        Also the refusals of roles.
        """
        failed = [(run, node) for run in self.runs for node in run.nodes if node.attempts and node.state != "SUCCEEDED"]
        problems = list(node_failures(failed, self.logs))
        return [*problems, *refusals(self.access, problems)]

    def to_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints."""
        return {
            "workflow_runs": [run_document(run) for run in self.runs],
            "ignored": list(self.ignored),
            "warnings": list(self.warnings),
            **({"iam": self.access.to_json()} if self.access else {}),
        }


def run_document(run: RunView) -> dict[str, Any]:
    """A run with the states of its nodes, in JSON form."""
    return {
        "name": run.name,
        "status": run.status,
        "statistics": dict(run.statistics),
        "nodes": [
            {"type": node.type, "name": node.name, "state": node.state, "seconds": node.seconds} for node in run.nodes
        ],
    }


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
