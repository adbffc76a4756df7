"""Writes docs/aws/export-errors.md: what an export run does about each error, and what a person does next.

The page shows the table by which the job itself decides (`loglake.core.export_errors`), so it can't drift from the
code: ``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from loglake.core.export_errors import common, logs, stores
from loglake.core.export_errors.rule import TASK, Decision, Rule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "aws" / "export-errors.md"

_INTRO = """\
<!-- Written by `make docs` from the table in glue_jobs/loglake/core/export_errors. Change it, not this page. -->

# Errors of an export run

What `export-logs` does about each error that AWS may give it. The first entry that fits decides. An error's message
names the call, what it was about, AWS's code and words, and what to do next; `loglake status` shows the reason of each
window that failed or waits.
"""

_DECISIONS = {
    Decision.GO_ON: "nothing is wrong: another run was faster, or something is not there any more",
    Decision.RETRY: (
        "asked again with growing pauses; what still fails then stays as it is for the next run, and the other windows "
        "go on"
    ),
    Decision.WAIT: "waited for until the run's deadline, and by the next run after that",
    Decision.FAIL_WINDOW: "this window is FAILED with the reason, and the others go on; `loglake rerun` opens it again",
    Decision.FAIL_RUN: (
        "every window would meet it: the run stops with the sentence. No window is lost by that; the next run goes on "
        "where it stopped"
    ),
}

_CHAPTERS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("CloudWatch Logs", tuple(rule for rule in logs.RULES if rule.actions != (TASK,))),
    ("Export tasks that end badly", tuple(rule for rule in logs.RULES if rule.actions == (TASK,))),
    ("S3, DynamoDB, SQS and their keys", stores.RULES),
    ("Any service", (*common.RULES, common.NO_ANSWER, common.ANYTHING_ELSE)),
)


def render() -> str:
    """The page, as Markdown."""
    decisions = ["| decision | |", "|---|---|", *(f"| {each.value} | {words} |" for each, words in _DECISIONS.items())]
    chapters = ["\n".join([f"## {title}\n", *map(_entry, rules)]) for title, rules in _CHAPTERS]
    return "\n".join([_INTRO, *decisions, "", *chapters])


def _entry(rule: Rule) -> str:
    title, _, more = rule.meaning.partition(". ")
    return "\n".join([f"### {title.rstrip('.')}\n", *([f"{more}\n"] if more else []), *_lines(rule), ""])


def _lines(rule: Rule) -> Iterable[str]:
    yield f"- {_errors(rule)}"
    if rule.said:
        yield f"- AWS says: “{rule.said}”"
    if rule.words:
        yield f"- Only where the message has {' or '.join(f'“{word}”' for word in rule.words)}, in capitals or not"
    yield f"- Decision: **{rule.decision.value}**"
    if rule.next:
        yield f"- Next: {_plain(rule.advice('the action', 'what it names'))}"
    if rule.source:
        yield f"- Source: {rule.source}"


def _errors(rule: Rule) -> str:
    where = " or ".join(filter(None, map(_where, rule.actions)))
    codes = ", ".join(f"`{code}`" for code in rule.codes) or "Any other error"
    return f"{codes} {where}".rstrip()


def _where(action: str) -> str:
    services = {"*": "", TASK: "as the status of a task", "logs:*": "of CloudWatch Logs", "s3:*": "of S3"}
    return services.get(action, "of DynamoDB" if action == "dynamodb:*" else f"of {action}")


def _plain(text: str) -> str:
    """Escapes text that Markdown would take for a tag."""
    return text.replace("<", "&lt;")
