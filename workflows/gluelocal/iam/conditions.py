"""The Condition element of IAM policies, as far as its keys can be known here.

Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Creating a condition with multiple keys or
values". If a key is unknown here (an address, a tag, an organization) and the request does not give it, the answer is
None: not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Optional

from gluelocal.iam.patterns import filled, plain, wild, wild_arn

Context = Mapping[str, tuple[str, ...]]
"""The values of a request's condition keys, by key in lower case; a key that the request lacks is absent."""

Truth = Optional[bool]
"""None means not known."""

KNOWN = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "cloudwatch:namespace",
        "iam:permissionsboundary",
        "kms:viaservice",
        "kms:encryptioncontext:aws:logs:arn",
        "s3:delimiter",
        "s3:max-keys",
        "s3:prefix",
        "s3:x-amz-acl",
        "s3:x-amz-server-side-encryption",
        "s3:if-match",
        "s3:if-none-match",
    }
)
"""Keys that are known in every request, as a value or as absent."""

_Test = Callable[[str, str, Context], bool]
"""Takes a value of the request, a value of the policy, and the context for policy variables."""


def _text(compare: Callable[[str, str], bool]) -> _Test:
    """Compares the policy's value, its variables replaced, with the request's; false if a variable has no value."""

    def test(have: str, want: str, context: Context) -> bool:
        text = filled(want, context)
        return text is not None and compare(text, have)

    return test


def _number(compare: Callable[[float, float], bool]) -> _Test:
    def test(have: str, want: str, _context: Context) -> bool:
        try:
            return compare(float(have), float(want))
        except ValueError:
            return False

    return test


_equal_ignoring_case = _text(lambda want, have: plain(want).lower() == have.lower())

_TESTS: Mapping[str, _Test] = {
    "StringEquals": _text(lambda want, have: plain(want) == have),
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": _text(wild),
    "ArnEquals": _text(wild_arn),
    "ArnLike": _text(wild_arn),
    "Bool": _equal_ignoring_case,
    "NumericEquals": _number(lambda a, b: a == b),
    "NumericLessThan": _number(lambda a, b: a < b),
    "NumericLessThanEquals": _number(lambda a, b: a <= b),
    "NumericGreaterThan": _number(lambda a, b: a > b),
    "NumericGreaterThanEquals": _number(lambda a, b: a >= b),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def holds(condition: Mapping[str, Mapping[str, Any]], context: Context) -> Truth:
    """Whether a Condition holds: all operators and all keys must hold, and one value of each key.

    Returns:
        False if a part fails, even if another part is not known; None if no part fails and one is not known.
    """
    parts = [
        _part(operator, key.lower(), texts(values), context)
        for operator, keys in condition.items()
        for key, values in keys.items()
    ]
    if False in parts:
        return False
    return None if None in parts else True


def texts(value: Any) -> tuple[str, ...]:
    """The value or list of values of a policy element, as text; booleans as in JSON."""
    values: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in values)


def _part(operator: str, key: str, wanted: tuple[str, ...], context: Context) -> Truth:
    if key not in KNOWN and key not in context:
        return None
    quantifier, _, short = operator.rpartition(":")
    if short == "Null":
        return (key not in context) == (wanted[0].lower() == "true")
    name = short.removesuffix("IfExists")
    negated = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if test is None:
        return None
    have = context.get(key, ())
    if not have:  # a missing value equals nothing
        return negated or short.endswith("IfExists") or quantifier == "ForAllValues"
    each = [any(test(value, want, context) for want in wanted) != negated for value in have]
    return any(each) if quantifier == "ForAnyValue" else all(each)
