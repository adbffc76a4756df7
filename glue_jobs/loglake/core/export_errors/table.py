"""The one table: the first rule that an error matches decides."""

from __future__ import annotations

from loglake.core.export_errors import common, logs, stores
from loglake.core.export_errors.rule import Rule

RULES: tuple[Rule, ...] = (*logs.RULES, *stores.RULES, *common.RULES, common.NO_ANSWER, common.ANYTHING_ELSE)


def rule_for(action: str, code: str, message: str = "", status: int = 0) -> Rule:
    """What is decided about an error.

    Args:
        action: the IAM action of the call, or `rule.TASK` for a task's status.
        code: AWS's error code, the name of botocore's exception, or a task's status.
        message: what AWS says.
        status: the HTTP status; 500 if no answer came.
    """
    return next(rule for rule in RULES if rule.matches(action, code, message, status))
