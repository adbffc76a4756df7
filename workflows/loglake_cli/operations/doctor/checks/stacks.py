"""Whether the stacks exist and are complete. A plan of `loglake deploy` says what was changed beside them."""

from __future__ import annotations

from collections.abc import Iterator

from loglake_cli.deploy.stacks import ALL_STACKS, STACKS
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, check, problem, unproven

_WHOLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})


@check(
    "stacks-complete",
    "All stacks are there, and their last change succeeded.",
    "What a stack lacks is missing in the account, or is as it was before the last change.",
)
def complete(account: Account) -> Iterator[Finding]:
    """DescribeStacks of each stack, of extra ones too if they are there; without any, something else made it all."""
    found = _stacks(account)
    needed = {template.stack_name(account.prefix) for template in STACKS}
    if not any(found.values()):
        yield unproven(
            account.prefix,
            f"There is no stack {', '.join(sorted(needed))}: the deployment is another Region's, or was not made "
            "with these templates.",
            f"aws cloudformation list-stacks --region {account.names.region}",
        )
        return
    for name, stack in found.items():
        if stack is None and name in needed:
            yield problem(name, f"The stack {name} is not there.", f"loglake deploy --prefix {account.prefix}")
        elif stack and stack["StackStatus"] not in _WHOLE:
            reason = f" ({stack['StackStatusReason']})" if stack.get("StackStatusReason") else ""
            yield problem(
                name,
                f"The stack {name} is {stack['StackStatus']}{reason}.",
                f"aws cloudformation describe-stack-events --stack-name {name}  # then loglake deploy again",
            )


def _stacks(account: Account) -> dict[str, Shape | None]:
    found: dict[str, Shape | None] = {}
    for template in ALL_STACKS:
        name = template.stack_name(account.prefix)
        answer = account.reader.found("cloudformation", "DescribeStacks", StackName=name)
        found[name] = answer and answer["Stacks"][0]
    return found


CHECKS = (complete,)
