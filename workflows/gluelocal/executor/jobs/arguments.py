"""Glue's own job arguments: what they do here, and which ones can't be honoured.

Source: developer guide, "Using job parameters in AWS Glue jobs". Other arguments belong to the script; it gets them as
``--name value``, as on Glue. Glue passes its own arguments too: `getResolvedOptions` ignores the ones that a script
doesn't ask for. Those that are not named here, such as ``--enable-metrics``, are only passed: what they ask for changes
no result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gluelocal.model.model import Job

_REFUSED: Mapping[str, str] = {
    "--custom-logStream-prefix": "log streams have the names of the job runs here",
    "--enable-glue-datacatalog": "Spark has no Glue Catalog here; use the Glue API",
    "--datalake-formats": "the formats' jars are only on Glue",
    "--extra-jars": "jars are not loaded here",
    "--user-jars-first": "jars are not loaded here",
    "--class": "only Python scripts run here",
    "--scriptLocation": "set ScriptLocation of the job's Command instead",
    "--customer-driver-env-vars": "jobs have a fixed environment here",
    "--customer-executor-env-vars": "jobs have a fixed environment here",
    "--JOB_NAME": "Glue sets it; never set it yourself",
    "--JOB_RUN_ID": "Glue sets it; never set it yourself",
    "--debug": "internal to Glue; never set it",
    "--mode": "internal to Glue; never set it",
}
"""Arguments with which a job would not do here what it does on Glue, and why."""

_ONLY_VALUES: Mapping[str, tuple[str, str]] = {
    "--job-language": ("python", "scala has no script that could run here"),
    "--job-bookmark-option": ("job-bookmark-disable", "there are no bookmarks here"),
}
"""Arguments that work with one value and can't be honoured with another, and why."""


def refusals(job: Job, arguments: Mapping[str, str]) -> list[str]:
    """A sentence for every argument that would act differently here than on Glue, or have no effect there."""
    problems = list(_shell_refusals(job, arguments)) if job.command == "pythonshell" else []
    for name, value in arguments.items():
        only, reason = _ONLY_VALUES.get(name, (None, _REFUSED.get(name)))
        if not name.startswith("--"):
            problems.append(f"the argument {name} must begin with --")
        elif reason and value != only:
            problems.append(f"the local runtime can't honour {name} {value}: {reason}")
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
