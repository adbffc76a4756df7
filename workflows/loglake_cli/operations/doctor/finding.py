"""Checks and their findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from loglake.errors import AccessDeniedError
from loglake_cli.operations.doctor.account import Account


class Result(str, Enum):
    """`NOT_PROVEN`: it could not be checked."""

    OK = "ok"
    PROBLEM = "problem"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True)
class Finding:
    """A check's finding about one thing.

    Attributes:
        check: the id of the check.
        subject: what it is about, such as the name of a bucket.
        found: the observation, in a sentence.
        why: why it matters; empty if it is ok.
        fix: a command or a policy statement to paste, or what to do; empty if it is ok.
    """

    check: str
    result: Result
    subject: str
    found: str
    why: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Note:
    """The result of a check's function; the check adds its id and why it matters."""

    result: Result
    subject: str
    found: str
    fix: str = ""


def fine(subject: str, found: str) -> Note:
    """A result that is ok and worth a word."""
    return Note(Result.OK, subject, found)


def problem(subject: str, found: str, fix: str) -> Note:
    """A result that is wrong."""
    return Note(Result.PROBLEM, subject, found, fix)


def unproven(subject: str, found: str, fix: str) -> Note:
    """A result that could not be checked."""
    return Note(Result.NOT_PROVEN, subject, found, fix)


def not_allowed(subject: str, error: AccessDeniedError) -> Note:
    """A result that could not be checked for lack of a permission."""
    return unproven(subject, f"You may not look: {error.action} is not allowed.", f"Allow yourself {error.action}.")


Look = Callable[[Account], Iterator[Note]]


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        id: as findings and docs name it.
        confirms: what holds if the check is ok, in a sentence.
        why: why it matters, in a sentence.
        look: yields its findings; nothing if everything is right.
    """

    id: str
    confirms: str
    why: str
    look: Look


def check(name: str, confirms: str, why: str) -> Callable[[Look], Check]:
    """Makes a check of a function."""
    return lambda look: Check(name, confirms, why, look)
