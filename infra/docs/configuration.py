"""Writes docs/reference/configuration.md: the keys of datasets.yaml and the templates' parameters, from these files.

``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gluelocal.templates.template_yaml import load_yaml
from loglake.config import CONVERT_SETTINGS, EXPORT_SETTINGS
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.stacks import ALL_STACKS, EXTRA_STACKS
from loglake_cli.operations.deploying.blueprints import read_blueprints
from loglake_cli.operations.deploying.proposal import settings_text
from loglake_cli.project_files import DATASETS_FILE, LOG_LAKE_TEMPLATE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "configuration.md"

_INTRO = """\
<!-- Written by `make docs` from infra/datasets.yaml and the templates. Change them, not this page. -->

# Configuration

Two files configure a deployment: the datasets file says which log groups become which table, and the settings file says
the rest. `loglake init` writes both for the log groups of an account.

## The datasets file

It is `datasets.yaml`, or what `datasets:` of the settings file names. A log group belongs to the first entry that
matches it. A log group that
no entry matches is not exported. `loglake local run --datasets FILE` tries a file on your machine. Beside `datasets` it
may have `redact_key`, which says where the key of hashes is ([personal-data.md](../start/personal-data.md)).

| key of an entry | meaning |
|---|---|
"""
_PARAMETERS = """\

Here is an example:

```yaml
{example}```

## The settings file

One file is for one environment. `loglake deploy` takes `loglake.yaml`, or what `--settings` names. A mistake in it is a
sentence each, and nothing is done. A deployment is several CloudFormation stacks:
{stacks}.

```yaml
{settings}```

## Parameters of the stacks

They go into the settings file, below `parameters`. A value goes to every stack that has the parameter. Parameters that
one stack takes from another are not listed.
"""


_JOBS = """
## Settings of the jobs

No parameter sets these. To change one, add it to the job's `DefaultArguments` in `workflows/log_lake.yaml` of a clone,
such as `"--min_read_ratio": "0.9"`, and deploy. A run that is *partial* has done its work, and reports that something
needs a look.

| job | setting | default | meaning |
|---|---|---|---|
"""


def render() -> str:
    """The page, as Markdown."""
    header, example = DATASETS_FILE.read_text("utf-8").split("\ndatasets:\n")
    keys = "".join(f"| `{name}` | {text} |\n" for name, text in keys_of(header))
    return (
        _INTRO
        + keys
        + _PARAMETERS.format(example=f"datasets:\n{example}", settings=_settings(), stacks=_names())
        + "\n".join(_stacks())
        + _JOBS
        + "".join(_settings_of_jobs())
    )


def keys_of(header: str) -> Iterator[tuple[str, str]]:
    """Each key that the comment at the head of the datasets file describes, with its description on one line."""
    for name, text in re.findall(r"^#   (\w+) +(.*(?:\n#    .*)*)", header, re.MULTILINE):
        yield name, _linked(re.sub(r"\n# +", " ", text).replace("|", "\\|"))


def _settings() -> str:
    """The settings file up to its parameters; these have their own table."""
    place = Place("123456789012", "eu-west-1", "aws", "arn:aws:iam::123456789012:user/you")
    optional = [stack.name for stack in EXTRA_STACKS]
    text = settings_text(
        place,
        "loglake",
        "datasets.yaml",
        read_blueprints(ALL_STACKS),
        optional=optional,
        log_groups=25,
        gb_per_day=10.0,
    )
    return text.partition("\n\n  # storage")[0] + "\n"


def _stacks() -> Iterator[str]:
    for stack in ALL_STACKS:
        declared: Mapping[str, Mapping[str, Any]] = load_yaml(stack.path).get("Parameters", {})
        rows = [_row(name, definition) for name, definition in declared.items() if "Default" in definition]
        if rows:
            yield "\n".join([f"\n### {stack.name}\n", "| parameter | default | meaning |", "|---|---|---|", *rows, ""])


def _names() -> str:
    """The stacks in the order in which they are deployed, the optional ones marked."""
    optional = {stack.name for stack in EXTRA_STACKS}
    return ", ".join(f"{each.name} (optional)" if each.name in optional else each.name for each in ALL_STACKS)


def _settings_of_jobs() -> Iterator[str]:
    template = LOG_LAKE_TEMPLATE.read_text("utf-8")
    for job, settings in (("export-logs", EXPORT_SETTINGS), ("convert-logs", CONVERT_SETTINGS)):
        for each in settings:
            if each.default and f'"--{each.name}"' not in template:
                yield f"| {job} | `{each.name}` | `{each.default}` | {each.help} |\n"


def _row(name: str, definition: Mapping[str, Any]) -> str:
    described = " ".join(str(definition["Description"]).split()).replace("|", "\\|")
    default = f"`{definition['Default']}`" if str(definition["Default"]) else "empty"
    return f"| `{name}` | {default} | {_linked(described)} |"


def _linked(text: str) -> str:
    """With a link for each page that it names by its path."""
    return re.sub(r"docs/(\w+/)([\w-]+\.md)", r"[\2](../\1\2)", text)
