"""What can't be done for good as an answer, so that the task is not tried again."""

from __future__ import annotations

from typing import Callable, TypeVar

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.errors import PermanentError, UnreadableObjectsError

Result = TypeVar("Result")


def of_bundle(bundle: Bundle, work: Callable[[], Result]) -> Result | BundleFailure:
    """What `work` makes of a bundle; a permanent failure as an answer."""
    try:
        return work()
    except UnreadableObjectsError as error:
        return BundleFailure(bundle.log_group, bundle.window, bundle.number, str(error), error.objects)
    except PermanentError as error:
        return failure_of(bundle, error)


def failure_of(bundle: Bundle | BundleResult, error: PermanentError) -> BundleFailure:
    """That a bundle has failed."""
    return BundleFailure(bundle.log_group, bundle.window, bundle.number, said(error))


def said(error: PermanentError) -> str:
    """An error in words for a person."""
    return f"{type(error).__name__}: {error}"
