"""`getResolvedOptions`, with the results and errors of the official package (AWSGlueDataplanePython 6.0.0).

One test suite checks both. Scripts import it as ``awsglue.utils``, so nothing here may import loglake.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

_BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable")
_CONTINUATIONS = {
    "continuation-enabled": "job-bookmark-enable",
    "continuation-readonly": "job-bookmark-pause",
    "continuation-ignore": "job-bookmark-disable",
}
_RESERVED: dict[str, dict[str, Any]] = {
    "job-bookmark-option": {"choices": _BOOKMARK_OPTIONS},
    "continuation-option": {"choices": tuple(_CONTINUATIONS)},
    "job-bookmark-from": {},
    "job-bookmark-to": {},
    "JOB_ID": {},
    "JOB_RUN_ID": {},
    "SECURITY_CONFIGURATION": {},
    "encryption-type": {"choices": ("sse-s3",)},
    "enable-data-lineage": {},
}
"""Options that Glue gives to scripts. Every result has them, so a script may not ask for them."""
_TEMP = ("RedshiftTempDir", "TempDir")
"""Options that every result has too, and that a script may ask for."""


class GlueArgumentError(Exception):
    """An option that the script asks for is missing, or an option has a wrong value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:  # noqa: N802 - awsglue's name
    """The values of options, as text.

    Args:
        args: as in `sys.argv`: the script's name first.
        options: the names that the script asks for; each is required. Other arguments are ignored.

    Returns:
        The value of each requested option, and of each that Glue gives to every script (None if it gave none). A dash
        in a name becomes an underscore.

    Raises:
        GlueArgumentError: an option is missing, has no value, or has a value that Glue doesn't know.
        RuntimeError: the script asks for an option of job bookmarks, or a paused bookmark has only one end.
        argparse.ArgumentError: the script asks for another option that Glue reserves.
    """
    reserved = [name for name in options if name.startswith(("job-bookmark-", "continuation-")) and name in _RESERVED]
    if reserved:
        raise RuntimeError(f"Using reserved arguments {','.join(reserved)}")
    parser = _Parser(allow_abbrev=False)
    for name, choices in _RESERVED.items():
        parser.add_argument(f"--{name}", **choices)
    for name in _TEMP:
        parser.add_argument(f"--{name}")
    for name in options:
        if name not in _TEMP:
            parser.add_argument(f"--{name}", required=True)
    values = vars(parser.parse_known_args(list(args[1:]))[0])
    continuation = values.pop("continuation_option")
    bookmark = values["job_bookmark_option"] or _CONTINUATIONS.get(continuation, "job-bookmark-disable")
    ends = [name for name in ("job-bookmark-from", "job-bookmark-to") if values[name.replace("-", "_")] is None]
    if bookmark == "job-bookmark-pause" and len(ends) == 1:
        raise RuntimeError(f"Missing option or value for --{ends[0]}")
    temp = values["TempDir"] or values["RedshiftTempDir"]
    return {**values, "job_bookmark_option": bookmark, "TempDir": temp, "RedshiftTempDir": temp}
