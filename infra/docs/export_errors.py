"""Writes docs/aws/export-errors.md: what an export run does about each error, and what a person does next.

The page shows the table by which the job itself decides (`loglake.core.export_errors`), so it can't drift from the
code: ``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

from infra.docs.template import DOCS, filled
from loglake.core.export_errors import common, logs, stores
from loglake.core.export_errors.rule import TASK, Decision, Rule

PAGE = DOCS / "aws" / "export-errors.md"

_CHAPTERS: dict[str, tuple[Rule, ...]] = {
    "CloudWatch Logs": tuple(rule for rule in logs.RULES if rule.actions != (TASK,)),
    "Export tasks that end badly": tuple(rule for rule in logs.RULES if rule.actions == (TASK,)),
    "S3, DynamoDB, SQS and their keys": stores.RULES,
    "Any service": (*common.RULES, common.NO_ANSWER, common.ANYTHING_ELSE),
}
_PLACES = {
    "*": "",
    TASK: "as the status of a task",
    "logs:*": "of CloudWatch Logs",
    "s3:*": "of S3",
    "dynamodb:*": "of DynamoDB",
}


def render() -> str:
    """The page, as Markdown."""
    return filled("export_errors.md", chapters=_CHAPTERS, decisions=Decision, errors=_errors)


def _errors(rule: Rule) -> str:
    where = " or ".join(filter(None, (_PLACES.get(action, f"of {action}") for action in rule.actions)))
    codes = ", ".join(f"`{code}`" for code in rule.codes) or "Any other error"
    return f"{codes} {where}".rstrip()
