"""``loglake init``: writes a settings file and a datasets file for an account."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from loglake.aws.system_clock import SystemClock
from loglake.errors import ConfigError
from loglake_cli.cli.deploying.shared import UNDECIDED, Yes, long_work
from loglake_cli.cli.shared.account import clients_of
from loglake_cli.cli.shared.arguments import agreed
from loglake_cli.cli.shared.options import NOTHING_CHANGED, DryRun, Json, answer
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.calls import find_place
from loglake_cli.deploy.settings.settings import DEFAULT_PREFIX, SETTINGS_FILE, read_settings
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.operations.deploying.blueprints import OPTIONAL, parameters_of_all, read_blueprints
from loglake_cli.operations.deploying.log_groups import FoundGroup, find_groups
from loglake_cli.operations.deploying.proposal import datasets_text, exported_groups, settings_text
from loglake_cli.wording import counted

DATASETS = "datasets.yaml"


def init(
    *,
    prefix: Annotated[str, typer.Option(help="The prefix of all names.", metavar="PREFIX")] = DEFAULT_PREFIX,
    into: Annotated[Path, typer.Option(help="The folder to write to.", metavar="DIR", file_okay=False)] = Path(),
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write loglake.yaml and datasets.yaml for the account's log groups, with a comment for each key.

    It samples recent events of each log group and names their format, if almost all have the same one. Review both
    files, remove what should not be exported, and continue with `loglake deploy`.

    Exit status: 0 they are written, 1 AWS refused it, 2 bad usage, or the account has nothing to export, 3 files that
    are there were kept.
    """
    settings, datasets = into / SETTINGS_FILE, into / DATASETS
    there = [] if yes or dry_run else [path for path in (settings, datasets) if path.exists()]
    if there and as_json:
        raise ConfigError(f"{there[0]} is there, and --json can't ask: add --yes or --dry-run.")
    if there and not agreed(f"Replace {' and '.join(str(path) for path in there)}?"):
        print("Nothing was written.")
        raise typer.Exit(UNDECIDED)
    clients, clock = clients_of(), SystemClock()
    place = find_place(clients)
    work = long_work()
    with work:
        groups = list(find_groups(clients, clock, work.say))
    exported = exported_groups(groups)
    if not exported:
        raise ConfigError(
            f"account {place.account} has no log group to export in {place.region}: choose another by AWS_REGION, or "
            "begin with the datasets file that comes with loglake (infra/datasets.yaml)."
        )
    blueprints = read_blueprints(ALL_STACKS)
    text = settings_text(
        place,
        prefix,
        DATASETS,
        blueprints,
        optional=OPTIONAL,
        log_groups=len(exported),
        gb_per_day=(sum(each.bytes_a_day or 0 for each in exported) / 1e9) or None,
    )
    if not dry_run:
        into.mkdir(parents=True, exist_ok=True)
        settings.write_text(text, "utf-8")
        datasets.write_text(datasets_text(groups), "utf-8")
        read_settings(settings, parameters_of_all(), OPTIONAL)
        read_datasets(datasets)
    _end([settings, datasets], groups, dry_run=dry_run, as_json=as_json)


def _end(written: Sequence[Path], groups: Sequence[FoundGroup], *, dry_run: bool, as_json: bool) -> None:
    exported, left_out = exported_groups(groups), [each for each in groups if each.left_out]
    document = {
        "dry_run": dry_run,
        "written": [str(path) for path in written],
        "exported": [{"log_group": each.name, "format": each.format} for each in exported],
        "left_out": [{"log_group": each.name, "reason": each.left_out} for each in left_out],
    }
    are = "would be" if dry_run else "are"
    lines = [
        f"{' and '.join(str(path) for path in written)} {are} written, with {counted(len(exported), 'log group')}.",
        *(f"Left out: {each.name}, {each.left_out}" for each in left_out),
        NOTHING_CHANGED if dry_run else f"Review them. Then: loglake deploy --settings {written[0]} --dry-run",
    ]
    answer(document, "\n".join(lines), as_json=as_json)
