"""What a person installs for what: `pip install loglake` brings no Spark, no AWS of this machine and no JupyterLab."""

from __future__ import annotations

import sys

EXTRAS = {
    "init": "deploy",
    "deploy": "deploy",
    "destroy": "deploy",
    "local": "local",
    "notebook": "notebook",
}
"""The extra that each command needs; the others need none, unless they are asked for Spark."""


def not_installed(what: str, extra: str) -> str:
    """The sentence that says what is missing, and the command that installs it."""
    install = f"{sys.executable} -m pip install 'loglake[{extra}]'"
    return f"{what} is not installed: run `{install}`, and then this command again."
