"""Writes docs/configuration.md: the keys of datasets.yaml and the parameters of the templates, from these files.

``make docs`` writes it, and a test fails where it is stale.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.local.templates.template_yaml import load_yaml
from loglake_cli.project_files import DATASETS_FILE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"

_INTRO = """\
<!-- Written by `make docs` from infra/datasets.yaml and the templates. Change them, not this page. -->

# Configuration

Two things configure loglake: the datasets file says which log groups become which table, and the parameters of the
templates say the rest.

## The datasets file

`infra/datasets.yaml` is the one to begin with. A log group belongs to the first entry that matches it. A log group that
no entry matches is not exported. `loglake local run --datasets FILE` tries a file on your machine.

| key of an entry | meaning |
|---|---|
"""
_PARAMETERS = """\

Here is an example with all of it:

```yaml
{example}```

## Parameters of the templates

Give a parameter to every stack that has it, each time the same value. Parameters that one stack takes from another are
not listed.
"""


def render() -> str:
    """The page, as Markdown."""
    header, example = DATASETS_FILE.read_text("utf-8").split("\ndatasets:\n")
    keys = "".join(f"| `{name}` | {text} |\n" for name, text in keys_of(header))
    return _INTRO + keys + _PARAMETERS.format(example=f"datasets:\n{example}") + "\n".join(_stacks())


def keys_of(header: str) -> Iterator[tuple[str, str]]:
    """Each key that the comment at the head of the datasets file describes, with its description on one line."""
    for name, text in re.findall(r"^#   (\w+) +(.*(?:\n#    .*)*)", header, re.MULTILINE):
        yield name, re.sub(r"\n# +", " ", text).replace("|", "\\|")


def _stacks() -> Iterator[str]:
    for stack in ALL_STACKS:
        declared: Mapping[str, Mapping[str, Any]] = load_yaml(stack.path).get("Parameters", {})
        rows = [_row(name, definition) for name, definition in declared.items() if "Default" in definition]
        if rows:
            yield "\n".join([f"\n### {stack.name}\n", "| parameter | default | meaning |", "|---|---|---|", *rows, ""])


def _row(name: str, definition: Mapping[str, Any]) -> str:
    described = " ".join(str(definition["Description"]).split()).replace("|", "\\|")
    default = f"`{definition['Default']}`" if str(definition["Default"]) else "empty"
    return f"| `{name}` | {default} | {described} |"


def main() -> None:
    """Writes the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
