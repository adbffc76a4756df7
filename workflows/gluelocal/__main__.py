"""``gluelocal TEMPLATE``: runs a Glue workflow of a CloudFormation template on this machine."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from athena_duckdb.errors import ConfigError, RefusedError
from gluelocal.clock import SystemClock
from gluelocal.runs.options import template_run
from gluelocal.runs.template_run import run_template
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
        report = run_template(run, SystemClock().now_ms(), lambda _: None, say)
    except RefusedError as error:
        say(f"gluelocal: {error}")
        return 2 if isinstance(error, ConfigError) else 1
    print(json.dumps(report.to_json(), indent=2))
    for problem in (*report.warnings, *report.problems()):
        say(f"! {problem}")
    return 1 if report.problems() else 0


if __name__ == "__main__":
    sys.exit(main())
