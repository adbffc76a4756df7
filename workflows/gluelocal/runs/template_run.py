"""``gluelocal TEMPLATE``: deploys any CloudFormation template and runs one of its workflows to its end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.errors import ConfigError
from gluelocal.account import Account, AccountSettings
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.crawl.crawler import CrawlResult
from gluelocal.iam.access_report import keep_access
from gluelocal.kept.keep import check_replaceable, export_stack, logs_folder
from gluelocal.kept.lock import keep_lock
from gluelocal.model.model import Model, Trigger
from gluelocal.model.reader import build_model
from gluelocal.runs.checks import dry_run
from gluelocal.runs.report import TemplateReport
from gluelocal.runs.start_trigger import Waiting, start_workflow
from gluelocal.settable_clock import SettableClock
from gluelocal.templates.provision import create
from gluelocal.templates.template import load_template
from gluelocal.templates.template_adapter import SCRIPT_BUCKET, Adapted, adapt


@dataclass(frozen=True)
class TemplateRun:
    """The options of a run.

    Attributes:
        template: the CloudFormation file.
        keep: the folder for every bucket's objects and the catalog.
        parameters: the template's parameter values.
        scripts: files to upload first, by S3 URI: scripts, libraries, and everything that they read.
        puts: files to put when the workflow waits for events, by S3 URI, in order.
        workflow: the workflow to run; optional if there is only one.
        ignore_unsupported: leave out everything that the local runtime has no handler for.
        enforce_iam: each part gets only its role's credentials.
    """

    template: Path
    keep: Path
    parameters: Mapping[str, str]
    scripts: Mapping[str, Path]
    puts: Mapping[str, Path]
    workflow: str = ""
    ignore_unsupported: bool = False
    enforce_iam: bool = False


def run_template(
    run: TemplateRun,
    now_ms: int,
    say: Callable[[str], None],
) -> TemplateReport:
    """Deploys a template, starts one of its workflows as its start trigger says, and waits for the end.

    Args:
        run: the options.
        now_ms: the start time of the run's clock. The clock jumps to the next scheduled time.
        say: called with short messages about what happens.

    Raises:
        ConfigError: the template, a file or an option can't be used; says what to do.
    """
    check_replaceable(run.keep)
    _check_files(run)
    adapted = adapt(load_template(run.template), run.ignore_unsupported)
    build_model([dry_run(adapted.template, run.parameters)])  # finds its problems before anything starts
    for what in adapted.ignored:
        say(f"Ignored: {what}")
    clock = SettableClock(now_ms, ticking=True)
    say(f"Deploying {run.template} into the embedded AWS")
    with keep_lock(run.keep), _TemplateAccount(run, adapted, clock) as account:
        waiting = Waiting(account.runtime, account.bus, clock)
        start_workflow(account.start, waiting, lambda: _put(run, account.aws, say), say)
        snapshot = waiting.until_the_end(account.start)
        say(f"Keeping what the run made in {run.keep}")
        export_stack(account.aws, run.keep)
        enforcement = account.access.enforcement
        access_report = keep_access(enforcement, run.keep) if enforcement else None
        warnings = tuple(_no_table(name, result) for name, result in account.crawled.items() if not result.tables)
    return TemplateReport(snapshot.runs, adapted.ignored, warnings, access_report, logs_folder(run.keep))


class _TemplateAccount(Account):
    """An account with one template's resources, which runs one of its workflows.

    Attributes:
        start: the trigger that starts the workflow.
    """

    def __init__(
        self,
        run: TemplateRun,
        adapted: Adapted,
        clock: SettableClock,
    ) -> None:
        self._run, self._adapted = run, adapted
        settings = AccountSettings(logs_folder(run.keep), enforce_iam=run.enforce_iam)
        super().__init__(settings, clock, lambda _snapshot: None)

    def _begin(self) -> Model:
        model = _deployed(self._run, self._adapted, self.aws)
        self.start = next(trigger for trigger in model.triggers.values() if trigger.type != "CONDITIONAL")
        _check_start(self.start, self._run)
        return model


def _deployed(run: TemplateRun, adapted: Adapted, aws: EmbeddedAws) -> Model:
    """Deploys, uploads the scripts, and returns a model with only the workflow to run.

    A crawler with its own schedule would start when the clock jumps, and disturb the workflow's crawl.
    """
    model = build_model([create(adapted.template, "local", run.parameters, aws.client, adapted.types)])
    name = _workflow(run, model)
    own = {f"s3://{SCRIPT_BUCKET}/{key}": path for key, path in adapted.scripts.items()}
    files = {**own, **run.scripts}
    for uri, path in files.items():
        _upload(aws, uri, path)
    triggers = {trigger.name: trigger for trigger in model.triggers_of(name)}
    rules = {rule.name: rule for rule in model.rules.values() if name in rule.workflow_names()}
    crawlers = {crawler.name: replace(crawler, schedule="") for crawler in model.crawlers.values()}
    restricted = replace(
        model, workflows={name: model.workflows[name]}, triggers=triggers, rules=rules, crawlers=crawlers
    )
    _check_scripts(restricted, files)
    return restricted


def _workflow(run: TemplateRun, model: Model) -> str:
    names = list(model.workflows)
    if not names:
        raise ConfigError(f"{run.template} has no AWS::Glue::Workflow, so there is nothing to run")
    if run.workflow and run.workflow not in names:
        raise ConfigError(f"{run.template} has no workflow {run.workflow}: there are {', '.join(names)}")
    if not run.workflow and len(names) > 1:
        raise ConfigError(f"{run.template} has the workflows {', '.join(names)}: say which with --workflow NAME")
    return run.workflow or names[0]


def _check_files(run: TemplateRun) -> None:
    for path in (*run.scripts.values(), *run.puts.values()):
        if not path.is_file():
            raise ConfigError(f"there is no file {path}")


def _upload(aws: EmbeddedAws, uri: str, path: Path) -> None:
    """Puts a file; makes its bucket if the template doesn't."""
    bucket, key = split_s3_uri(uri)
    s3 = aws.client("s3")
    if bucket not in {item["Name"] for item in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())


def _check_scripts(model: Model, files: Collection[str]) -> None:
    """Raises ConfigError if scripts of the workflow's jobs are not among the files that were uploaded."""
    started = {action.job_name for trigger in model.triggers.values() for action in trigger.actions}
    missing = [
        f"the job {job.name} runs {job.script_location}, which is not there: give --script {job.script_location}=FILE"
        for job in model.jobs.values()
        if job.name in started and job.script_location not in files
    ]
    if missing:
        raise ConfigError("\n".join(missing))


def _put(run: TemplateRun, aws: EmbeddedAws, say: Callable[[str], None]) -> None:
    for uri, path in run.puts.items():
        _upload(aws, uri, path)
        say(f"Put {uri}")


def _check_start(start: Trigger, run: TemplateRun) -> None:
    if start.type == "EVENT" and not run.puts:
        raise ConfigError(
            f"{start.workflow_name} starts when an event comes: give --put s3://BUCKET/KEY=FILE, an object that a rule "
            "of the template matches"
        )
    if start.type != "EVENT" and run.puts:
        raise ConfigError(
            f"--put is for a workflow that starts when an event comes, and {start.workflow_name} is started by a "
            f"trigger of type {start.type}: give files that its jobs read by --script"
        )


def _no_table(crawler: str, result: CrawlResult) -> str:
    why = "; ".join(result.warnings) or "there is no file in its targets"
    return f"the crawler {crawler} succeeded, and made no table: {why}"
