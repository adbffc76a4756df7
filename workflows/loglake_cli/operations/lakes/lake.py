"""Finds the lake that a text names, and says of which kind it is."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from athena_duckdb.catalog_file import CATALOG
from gluelocal.kept.keep import is_kept
from gluelocal.kept.lock import is_in_use
from loglake.errors import ConfigError
from loglake_cli.deploy.settings.settings import SETTINGS_FILE, Settings, is_prefix, read_deployment
from loglake_cli.operations.tables.locations import Place, open_place, parse_place, usable

LAST_RUN = Path(".loglake/local")
"""Where a local run is kept if nothing else is said."""

_AWS = "aws:"


class Kind(Enum):
    """What a lake is. The value is how a person names one."""

    CONVERTED = "a folder or S3 prefix that `loglake convert` wrote"
    RUN = "the folder of a local run"
    DEPLOYED = "a deployment (aws:PREFIX)"


@dataclass(frozen=True)
class Lake:
    """A lake.

    Attributes:
        text: what `--lake` takes.
        place: an absolute path, ``s3://bucket/prefix``, or the prefix of a deployment.
        account: of a deployment, if loglake.yaml names it and has one; likewise `region`.
    """

    text: str
    kind: Kind
    place: str
    account: str = ""
    region: str = ""

    def __str__(self) -> str:
        if self.kind is Kind.DEPLOYED:
            region = f" in {self.region}" if self.region else ""
            return f"the deployment {self.place}{region}"
        if self.place.startswith("s3://"):
            return self.place
        return f"the {'local run in' if self.kind is Kind.RUN else 'folder'} {self.text}"

    @property
    def folder(self) -> Path:
        """The folder of a local run, as it was given."""
        return Path(self.text)

    @property
    def option(self) -> str:
        """What makes another command take the same lake: ``--lake lake``; empty if it does so by itself."""
        return lake_option(self.text)


def find_lake(text: str | None = None) -> Lake:
    """The lake that a person named; without a name the default one.

    A deployment is not asked whether it is there. If loglake.yaml names it, later clients are those of its Region.

    Raises:
        ConfigError: it names no lake.
    """
    name = text if text is not None else _default()
    if name.startswith(_AWS):
        return _deployed(name)
    place = parse_place(name)
    if place.is_s3:
        _check_converted(name, place)
        return Lake(name, Kind.CONVERTED, str(place))
    folder = Path(name)
    if not folder.is_dir():
        raise ConfigError(_no_folder(name, folder, given=text is not None))
    if is_kept(folder) or (folder / CATALOG).is_file():
        return Lake(name, Kind.RUN, str(place))
    _check_converted(name, place)
    return Lake(name, Kind.CONVERTED, str(place))


def lake_option(text: str) -> str:
    """The option that names a lake; empty if it is the default one."""
    return "" if text == _default() else f"--lake {shlex.quote(text)}"


def deployment(prefix: str) -> Lake:
    """The deployment of a prefix, in the account and Region of the clients."""
    return Lake(f"{_AWS}{prefix}", Kind.DEPLOYED, prefix)


def run_folder(text: str | None) -> Path:
    """The folder that a local run is kept in, which may not exist yet.

    Raises:
        ConfigError: it is no folder.
    """
    if text is not None and (text.startswith(_AWS) or parse_place(text).is_s3):
        raise ConfigError(f"a local run is kept in a folder, and --lake {text} is none: give the path of a folder.")
    return LAST_RUN if text is None else Path(text)


def _default() -> str:
    """What loglake.yaml of this folder names, else the last local run."""
    return f"{_AWS}{read_deployment(SETTINGS_FILE).prefix}" if SETTINGS_FILE.is_file() else str(LAST_RUN)


def _deployed(text: str) -> Lake:
    prefix = text.removeprefix(_AWS)
    if not is_prefix(prefix):
        raise ConfigError(f"--lake {text} names no deployment: write {_AWS} and its prefix, such as aws:loglake.")
    named = read_deployment(SETTINGS_FILE) if SETTINGS_FILE.is_file() else Settings(prefix)
    settings = named if named.prefix == prefix else Settings(prefix)
    if settings.region:
        from loglake.aws import session  # noqa: PLC0415  (boto3, which no folder needs)

        session.use(settings.region)
    return Lake(text, Kind.DEPLOYED, prefix, settings.account, settings.region)


def _check_converted(text: str, place: Place) -> None:
    with usable(place):
        store = open_place(str(place))
        if next(iter(store.list("_converted/")), None) is not None:
            return
        below_tables = next(iter(store.list("tables/")), None) is not None
    if below_tables:
        raise ConfigError(
            f"{text} is the lake bucket of a deployment: name the deployment, such as --lake aws:loglake."
        )
    raise ConfigError(
        f"{place} has nothing of loglake: --lake takes what `loglake convert` wrote (its OUTPUT, not the folder of a "
        "table), the folder of a local run, or a deployment (aws:PREFIX)."
    )


def _no_folder(text: str, folder: Path, *, given: bool) -> str:
    if folder.exists():
        return f"{folder.absolute()} is a file: --lake takes a folder, s3://BUCKET/PREFIX or aws:PREFIX."
    if is_in_use(folder):
        return (
            f"{folder.absolute()} is kept once the run that uses it has ended. To ask `loglake local up` meanwhile, "
            f"set the variables that it printed, and add --lake {_AWS}loglake and --yes."
        )
    if not given:
        return (
            f"there is no local run in {folder.absolute()}: make one with `loglake local run`, or name a lake, such as "
            "--lake lake for what `loglake convert INPUT lake` wrote. What `loglake local up` makes is there once it "
            "is stopped."
        )
    deployment = f" For a deployment of that prefix write --lake {_AWS}{text}." if is_prefix(text) else ""
    return f"there is no folder {folder.absolute()}.{deployment}"
