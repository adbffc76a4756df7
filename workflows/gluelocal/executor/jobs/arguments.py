"""A table of Glue's own job arguments: what Glue does with each, what the local runtime does, and why.

Source: developer guide, "Using job parameters in AWS Glue jobs". Other arguments belong to the script; it gets them as
``--name value``, as on Glue. Glue passes its own arguments too: `getResolvedOptions` ignores the ones that a script
doesn't ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from gluelocal.model.model import Job


class Use(Enum):
    """How the local runtime handles one of Glue's own arguments."""

    PASS = "only passed to the script"
    APPLY = "done here as on Glue, and passed to the script"
    REFUSE = "an error: the job would not do here what it does on Glue"


@dataclass(frozen=True)
class SpecialArgument:
    """One of Glue's own arguments."""

    use: Use
    reason: str


SPECIAL_ARGUMENTS: Mapping[str, SpecialArgument] = {
    "--extra-py-files": SpecialArgument(Use.APPLY, "downloaded and put on the PYTHONPATH"),
    "--additional-python-modules": SpecialArgument(
        Use.APPLY,
        "S3 wheels as --extra-py-files, zips of wheels are unpacked; pinned packages come from the locked environment",
    ),
    "--python-modules-installer-option": SpecialArgument(Use.PASS, "pip installs nothing at run time here"),
    "--library-set": SpecialArgument(Use.PASS, "the locked environment has what the job imports"),
    "--extra-files": SpecialArgument(Use.APPLY, "downloaded into the working directory"),
    "--conf": SpecialArgument(Use.APPLY, "given to Spark through PYSPARK_SUBMIT_ARGS"),
    "--TempDir": SpecialArgument(Use.PASS, "a place in S3 that scripts use by themselves"),
    "--job-language": SpecialArgument(Use.PASS, "python; scala has no script that could run here"),
    "--job-bookmark-option": SpecialArgument(Use.PASS, "job-bookmark-disable; there are no bookmarks here"),
    "--enable-metrics": SpecialArgument(Use.PASS, "CloudWatch metrics of the Spark cluster"),
    "--enable-observability-metrics": SpecialArgument(Use.PASS, "CloudWatch metrics of the Spark cluster"),
    "--enable-job-insights": SpecialArgument(Use.PASS, "analysis by Glue after the run"),
    "--enable-continuous-cloudwatch-log": SpecialArgument(Use.PASS, "the log is a file here"),
    "--enable-continuous-log-filter": SpecialArgument(Use.PASS, "the log is a file here"),
    "--continuous-log-logGroup": SpecialArgument(Use.PASS, "the log is a file here"),
    "--continuous-log-logStreamPrefix": SpecialArgument(Use.PASS, "the log is a file here"),
    "--custom-logGroup-prefix": SpecialArgument(Use.APPLY, "a Spark job writes its log groups below it"),
    "--custom-logStream-prefix": SpecialArgument(Use.REFUSE, "log streams have the names of the job runs here"),
    "--enable-spark-ui": SpecialArgument(Use.PASS, "Spark event logs for Glue's console"),
    "--spark-event-logs-path": SpecialArgument(Use.PASS, "Spark event logs for Glue's console"),
    "--enable-auto-scaling": SpecialArgument(Use.PASS, "one machine has no workers to add"),
    "--enable-glue-datacatalog": SpecialArgument(Use.REFUSE, "Spark has no Glue Catalog here; use the Glue API"),
    "--datalake-formats": SpecialArgument(Use.REFUSE, "the formats' jars are only on Glue"),
    "--extra-jars": SpecialArgument(Use.REFUSE, "jars are not loaded here"),
    "--user-jars-first": SpecialArgument(Use.REFUSE, "jars are not loaded here"),
    "--class": SpecialArgument(Use.REFUSE, "only Python scripts run here"),
    "--scriptLocation": SpecialArgument(Use.REFUSE, "set ScriptLocation of the job's Command instead"),
    "--customer-driver-env-vars": SpecialArgument(Use.REFUSE, "jobs have a fixed environment here"),
    "--customer-executor-env-vars": SpecialArgument(Use.REFUSE, "jobs have a fixed environment here"),
    "--JOB_NAME": SpecialArgument(Use.REFUSE, "Glue sets it; never set it yourself"),
    "--JOB_RUN_ID": SpecialArgument(Use.REFUSE, "Glue sets it; never set it yourself"),
    "--debug": SpecialArgument(Use.REFUSE, "internal to Glue; never set it"),
    "--mode": SpecialArgument(Use.REFUSE, "internal to Glue; never set it"),
}
_ONLY_VALUES = {"--job-language": "python", "--job-bookmark-option": "job-bookmark-disable"}
"""Arguments that work with one value and can't be honoured with another."""


def refusals(job: Job, arguments: Mapping[str, str]) -> list[str]:
    """A sentence for every argument that would act differently here than on Glue, or have no effect there."""
    problems = list(_shell_refusals(job, arguments)) if job.command == "pythonshell" else []
    for name, value in arguments.items():
        special = SPECIAL_ARGUMENTS.get(name)
        if not name.startswith("--"):
            problems.append(f"the argument {name} must begin with --")
        elif special and (special.use is Use.REFUSE or value != _ONLY_VALUES.get(name, value)):
            problems.append(f"the local runtime can't honour {name} {value}: {special.reason}")
    return problems


def _shell_refusals(job: Job, arguments: Mapping[str, str]) -> Iterator[str]:
    """Arguments that Python shell jobs lack (developer guide, "Python shell jobs", Limitations and libraries)."""
    if "--extra-files" in arguments:
        yield "a Python shell job can't take --extra-files: put the files into a wheel"
    eggs = [uri for uri in library_uris(arguments) if uri.endswith(".egg")]
    if eggs and job.python_version == "3.9":
        yield f"a Python shell job of Python 3.9 can't take {eggs[0]}: build a wheel"
    for module in _modules(arguments):
        yield f"a Python shell job can't take {module} by --additional-python-modules: name it in --extra-py-files"


def script_arguments(job: Job, job_run_id: str, arguments: Mapping[str, str]) -> list[str]:
    """The command line after the script's name.

    A Spark job gets its JOB_NAME and JOB_RUN_ID. A Python shell job does not (boto3 issue 3506), so a script that needs
    them there must fail here too.
    """
    given = {"--JOB_NAME": job.name, "--JOB_RUN_ID": job_run_id} if job.command == "glueetl" else {}
    return [word for name, value in {**given, **arguments}.items() for word in (name, value)]


def library_uris(arguments: Mapping[str, str]) -> list[str]:
    """S3 URIs of the wheels, zips and modules for the PYTHONPATH, in Glue's order of precedence."""
    return [*_items(arguments.get("--extra-py-files", "")), *_modules(arguments)]


def file_uris(arguments: Mapping[str, str]) -> list[str]:
    """S3 URIs of the files for the working directory."""
    return _items(arguments.get("--extra-files", ""))


def spark_submit_arguments(arguments: Mapping[str, str]) -> str:
    """PYSPARK_SUBMIT_ARGS for ``--conf``; empty without it. One value holds several settings as ``a=1 --conf b=2``."""
    conf = arguments.get("--conf", "")
    return f"--conf {conf} pyspark-shell" if conf else ""


def _modules(arguments: Mapping[str, str]) -> list[str]:
    """The S3 URIs among the additional modules."""
    return [item for item in _items(arguments.get("--additional-python-modules", "")) if item.startswith("s3://")]


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]
