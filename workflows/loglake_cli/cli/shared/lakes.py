"""The option `--lake`: which lake a command is about, and which kinds it takes."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from loglake.errors import ConfigError
from loglake_cli.cli.shared.verbs import QUIET
from loglake_cli.deploy.settings.settings import SETTINGS_FILE
from loglake_cli.operations.lakes.lake import Kind, Lake, find_lake

_ELSE = "by default what loglake.yaml names, else the last local run."
LakeText = Annotated[
    Optional[str],
    typer.Option(
        "--lake",
        help="A folder (what `loglake convert` wrote, or of a local run), s3://BUCKET/PREFIX, or aws:PREFIX for a "
        f"deployment; {_ELSE}",
        metavar="LAKE",
    ),
]
LedgerLake = Annotated[
    Optional[str],
    typer.Option("--lake", help=f"The folder of a local run, or aws:PREFIX for a deployment; {_ELSE}", metavar="LAKE"),
]
DeployedLake = Annotated[
    Optional[str],
    typer.Option("--lake", help="aws:PREFIX, a deployment; by default what loglake.yaml names.", metavar="LAKE"),
]

_ONLY_DEPLOYED = (Kind.DEPLOYED,)
_WITH_LEDGER = (Kind.RUN, Kind.DEPLOYED)
TAKES = {
    **dict.fromkeys(("export", "pause", "resume", "doctor", "destroy", "query --create"), _ONLY_DEPLOYED),
    **dict.fromkeys(("rerun", "accept", "ignore", "notebook"), _WITH_LEDGER),
    **dict.fromkeys(("schema set", "schema suggest", "schema violations"), _WITH_LEDGER),
}
"""The kinds that a command takes; any other takes all of them."""

_WHY_NOT = {
    Kind.CONVERTED: "What `loglake convert` wrote has no ledger, no catalog and no log groups. The same "
    "`loglake convert` once more takes up what is new, missing or damaged",
    Kind.RUN: "A local run keeps no log groups and has nothing on AWS: `loglake local up` keeps both, as aws:loglake",
    Kind.DEPLOYED: "",
}


def lake_of(text: str | None, command: str) -> Lake:
    """The lake that a command was given, or the default one; says on stderr which one it is.

    Raises:
        ConfigError: there is no such lake, or the command does not take its kind.
    """
    takes = TAKES.get(command, tuple(Kind))
    if text is None and takes == _ONLY_DEPLOYED and not SETTINGS_FILE.is_file():
        raise ConfigError(
            f"`loglake {command}` takes a deployment, and no loglake.yaml here names one: add --lake aws:PREFIX. "
            f"{_WHY_NOT[Kind.RUN]}."
        )
    lake = find_lake(text)
    if lake.kind not in takes:
        kinds = " or ".join(kind.value for kind in takes)
        raise ConfigError(f"`loglake {command}` takes {kinds} by --lake, and not {lake}. {_WHY_NOT[lake.kind]}.")
    if not QUIET.get():
        print(f"Lake: {lake}", file=sys.stderr, flush=True)
    return lake
