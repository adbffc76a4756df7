"""``gluelocal TEMPLATE``: runs a Glue workflow of a CloudFormation template on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.errors import ConfigError, RefusedError
from gluelocal.clock import SystemClock
from gluelocal.runs.template_run import TemplateRun, run_template
from gluelocal.shown_stream import show_all


def main() -> int:
    """Prints the run as JSON; returns 0 if all succeeded, 1 if a job or crawler did not, 2 if the input is wrong."""
    parser = argparse.ArgumentParser(prog="gluelocal", description=__doc__)
    parser.add_argument("template", type=Path, metavar="TEMPLATE", help="the CloudFormation file")
    parser.add_argument(
        "--keep", type=Path, default=Path(".gluelocal/run"), metavar="DIR", help="for all that it makes"
    )
    parser.add_argument("--parameters", action="append", default=[], metavar="NAME=VALUE", help="of the template")
    parser.add_argument("--script", action="append", default=[], metavar="S3URI=FILE", help="uploaded before jobs run")
    parser.add_argument(
        "--put", action="append", default=[], metavar="S3URI=FILE", help="its event starts the workflow"
    )
    parser.add_argument("--workflow", default="", metavar="NAME", help="which one, if there are several")
    parser.add_argument("--ignore-unsupported", action="store_true", help="leave out what is not known here")
    parser.add_argument("--enforce-iam", action="store_true", help="jobs may do what their roles allow, and no more")
    show_all()
    say = partial(print, file=sys.stderr)
    try:
        run = template_run(**vars(parser.parse_args()))
        report = run_template(run, SystemClock().now_ms(), say)
    except RefusedError as error:
        say(f"gluelocal: {error}")
        return 2 if isinstance(error, ConfigError) else 1
    print(json.dumps(report.to_json(), indent=2))
    for problem in (*report.warnings, *report.problems()):
        say(f"! {problem}")
    return 1 if report.problems() else 0


def template_run(
    template: Path, keep: Path, parameters: Sequence[str], script: Sequence[str], put: Sequence[str], **others: Any
) -> TemplateRun:
    """What the options ask for; `others` are fields of the run as they are.

    Raises:
        ConfigError: one of them is not what it should be.
    """
    return TemplateRun(
        template=template.absolute(),
        keep=keep,
        parameters=_pairs("--parameters", "NAME=VALUE", [text.partition("=") for text in parameters]),
        scripts=_files("--script", script),
        puts=_files("--put", put),
        **others,
    )


def _pairs(option: str, shape: str, given: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Names with their values, typed with an equals sign between.

    Raises:
        ConfigError: it was not, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    for name, equals, value in given:
        if not (name and equals):
            raise ConfigError(f"{option} takes {shape}, not {name or value!r}")
        if name in pairs:
            raise ConfigError(f"{option} gives {name} twice")
        pairs[name] = value
    return pairs


def _files(option: str, given: Sequence[str]) -> dict[str, Path]:
    """Files by S3 URI. A key may hold an equals sign (``dt=2026-11-21/``), so the last one is the one that counts."""
    shape = "s3://BUCKET/KEY=FILE"
    pairs = _pairs(option, shape, [text.rpartition("=") for text in given])
    for uri in pairs:
        if not split_s3_uri(uri)[1]:
            raise ConfigError(f"{option} takes {shape}, and {uri} has no key")
    return {uri: Path(path).absolute() for uri, path in pairs.items()}


if __name__ == "__main__":
    sys.exit(main())
