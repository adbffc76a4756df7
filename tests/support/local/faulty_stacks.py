"""Commands with an embedded AWS in which calls fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from loglake_cli.cli import app
from loglake_cli.local.exports.exporting_aws import ExportingAws
from support.faults.fault_names import hanging
from support.faults.injection import FaultRule, faults_of


@contextmanager
def faulty(*rules: FaultRule) -> Iterator[None]:
    """Gives each embedded AWS that is made meanwhile these rules."""
    made = ExportingAws.__init__

    def with_rules(self: ExportingAws, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        faults_of(self).add(*rules)

    with patch.object(ExportingAws, "__init__", with_rules):
        yield


def main() -> None:
    """`loglake` with jobs that stay where they begin, because calls to CloudWatch Logs hang."""
    with faulty(FaultRule(hanging(60), service="logs")):
        app.main()
