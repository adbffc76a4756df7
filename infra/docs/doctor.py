"""Writes docs/aws/doctor.md: what ``loglake doctor`` checks.

The checks are `loglake_cli.operations.doctor`: ``make docs`` writes the page, and a test fails if it is stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from loglake.core.schema.datasets import SMOKE
from loglake_cli.operations.doctor.examination import ACTIONS, SMOKE_ACTIONS, THEMES
from loglake_cli.operations.doctor.finding import Check
from loglake_cli.operations.doctor.smoke.run import STEPS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "aws" / "doctor.md"

_HEAD = """\
# What `loglake doctor` checks

<!-- Written by `make docs` from workflows/loglake_cli/operations/doctor. -->

`loglake doctor` looks at a deployment, and says what is wrong, why it matters and how to fix it. It changes nothing:
it makes calls that read, and no others, unless you give `--smoke`. Each check ends in one of three ways:

- **ok**: it is as it should be.
- **problem**: it is not. The fix is a command or a policy statement to paste.
- **not proven**: nobody could look. If you may not, it names the action that you lack, such as `iam:GetRole`. The local
  runtime does not answer all calls: there, `quota-runs` and its like are not proven.

The exit status is 0 if nothing is wrong, 1 if something is, and 2 for bad usage. With `--json` it prints one document.
What should be there is read from the templates, with the parameters that the deployment has: the permissions that
`role-actions` has IAM's policy simulator try are the statements of `infra/access.yaml`.
"""

_SMOKE = f"""\
## With `--smoke`

This lands three events of the log group `{SMOKE.log_groups[0]}` as a subscription does, and follows them until a query
finds them. A fresh event may take twelve hours to become exportable, so exports are proven by the ledger, or by an hour
that is old enough; an empty one proves nothing. Each wait has a bound, and says for what it waits. A request has the
landed events converted at once; the run of log-landing that they wake too comes up to 15 minutes later, and is not
waited for.

The events go to the table `{SMOKE.table}`, and to no table of yours, whatever your datasets say. They stay there: three
rows each time, a few kilobytes. If the deployment has the stack `query`, Athena is asked, too; the files that the
catalog names are read in any case.
"""


_PERMISSIONS = """\
## What you must be allowed

This policy lets doctor look at everything; the second statement is for `--smoke`. To compare stacks with their
templates, CloudFormation reads each resource in your name: the managed policy `ReadOnlyAccess` has what that takes
besides.
"""


def render() -> str:
    """The page."""
    parts = [_HEAD]
    for theme, checks in THEMES.items():
        parts.append(f"## {theme}\n\n{_table(checks)}\n")
    parts.append(f"{_SMOKE}\n{_table(STEPS)}\n")
    parts.append(_permissions())
    return "\n".join(parts)


def _permissions() -> str:
    document = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Doctor", "Effect": "Allow", "Action": list(ACTIONS), "Resource": "*"},
            {"Sid": "DoctorsSmokeTest", "Effect": "Allow", "Action": list(SMOKE_ACTIONS), "Resource": "*"},
        ],
    }
    return f"{_PERMISSIONS}\n```json\n{json.dumps(document, indent=2)}\n```\n"


def _table(checks: Iterable[Check[Any]]) -> str:
    rows = [f"| `{each.id}` | {each.confirms} | {each.why} |" for each in checks]
    return "\n".join(["| check | confirms | why it matters |", "|---|---|---|", *rows])
