"""Glue jobs and their runs"""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.conformance import rule
from support.gluelocal.glue_accounts import ROLE, job, trigger, workflow

pytestmark = pytest.mark.local

API = "Glue API, "
GUIDE = "Glue developer guide, "
SHELL = "Glue developer guide, Configuring job properties for Python shell jobs"
ON_DEMAND = trigger("first", "ON_DEMAND", "a")
BASE = {**workflow(), **job("a"), **job("b")}
SPARK = {"Command": {"Name": "glueetl", "ScriptLocation": "s3://code/a.py", "PythonVersion": "3"}}


def reported(account: Any, name: str = "a") -> Any:
    """A job as GetJob returns it."""
    return account.glue.get_job(JobName=name)["Job"]


def refused(account: Any, **job_members: Any) -> str:
    """CreateJob's error for a job that it refuses."""
    with pytest.raises(ClientError) as caught:
        account.glue.create_job(**{"Name": "new", "Role": ROLE, **job_members})
    assert caught.value.response["Error"]["Code"] == "InvalidInputException"
    assert [one["Name"] for one in account.glue.get_jobs()["Jobs"]] == ["a", "b"]
    return str(caught.value.response["Error"]["Message"])


def shell(version: str = "3.9") -> dict[str, str]:
    return {"Name": "pythonshell", "ScriptLocation": "s3://code/new.py", "PythonVersion": version}


@rule("A job that is made without a GlueVersion is of Glue 6.0.", API + "CreateJob, GlueVersion")
def test_glue_version(deployed: Any) -> None:
    account = deployed(BASE, job("b", GlueVersion="5.1"), ON_DEMAND)
    account.glue.create_job(Name="new", Role=ROLE, Command=shell())
    assert [reported(account, name)["GlueVersion"] for name in ("a", "b", "new")] == ["6.0", "5.1", "6.0"]
    assert [one["GlueVersion"] for one in account.glue.get_jobs()["Jobs"]] == ["6.0", "5.1", "6.0"]
    account.glue.update_job(JobName="b", JobUpdate={"Role": ROLE, "Command": shell()})
    assert reported(account, "b")["GlueVersion"] == "6.0"


@rule(
    "A Timeout that isn't given is 480 minutes from Glue 5.0 on, and 2,880 before and for Python shell jobs.",
    API + "Job, Timeout",
)
@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({**SPARK, "GlueVersion": "6.0"}, 480),
        ({**SPARK, "GlueVersion": "5.0"}, 480),
        ({**SPARK, "GlueVersion": "4.0"}, 2880),
        ({}, 2880),
        ({"Timeout": 60}, 60),
    ],
)
def test_default_timeout(deployed: Any, changes: dict[str, Any], minutes: int) -> None:
    account = deployed(workflow(), job("a", **changes), ON_DEMAND)
    account.start()
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (reported(account)["Timeout"], run["Timeout"]) == (minutes, minutes)


@rule("A Timeout is less than 10,080 minutes.", API + "Job, Timeout")
def test_longest_timeout(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    assert "1 to 10,079 minutes, not 10080" in refused(account, Command=shell(), Timeout=10_080)
    account.glue.create_job(Name="new", Role=ROLE, Command=shell(), Timeout=10_079)


@rule(
    "A Python shell job runs on PythonVersion 2, 3 or 3.9, and on none that is newer.",
    API + "JobCommand, PythonVersion",
)
def test_python_version(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    refused(account, Command=shell("3.11"))
    refused(account, Command=shell("3.13"))
    account.glue.create_job(Name="new", Role=ROLE, Command=shell("3"))


@rule("The MaxCapacity of a Python shell job is 0.0625 or 1.", API + "Job, MaxCapacity")
def test_max_capacity(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    assert "0.0625 or 1, not 2.0" in refused(account, Command=shell(), MaxCapacity=2.0)
    for number, capacity in enumerate((0.0625, 1.0)):
        account.glue.create_job(Name=f"new{number}", Role=ROLE, Command=shell(), MaxCapacity=capacity)


@rule("StartJobRun: arguments and Timeout override the job's, except NonOverridableArguments.", API + "StartJobRun")
def test_arguments(deployed: Any) -> None:
    fixed = job("a", DefaultArguments={"--x": "1", "--y": "1"}, NonOverridableArguments={"--z": "fixed"}, Timeout=9)
    account = deployed(workflow(), fixed, ON_DEMAND)
    account.glue.start_job_run(JobName="a", Arguments={"--y": "2", "--z": "2"}, Timeout=7)
    account.runtime.poll()
    assert dict(account.commands[0].arguments) == {"--x": "1", "--y": "2", "--z": "fixed"}
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (run["Timeout"], account.commands[0].timeout_minutes) == (7, 7)


@rule(
    "A job's MaxConcurrentRuns is 1 where it isn't given; a start over it raises ConcurrentRunsExceededException.",
    API + "ExecutionProperty",
)
def test_job_limit(deployed: Any) -> None:
    account = deployed(BASE, ON_DEMAND)
    account.glue.start_job_run(JobName="a")
    with pytest.raises(account.glue.exceptions.ConcurrentRunsExceededException):
        account.glue.start_job_run(JobName="a")


@rule(
    "With JobRunQueuingEnabled a run over MaxConcurrentRuns is WAITING until a slot is free, and says why.",
    GUIDE + "Job run statuses",
)
def test_job_queue(deployed: Any) -> None:
    account = deployed(workflow(), job("a", JobRunQueuingEnabled=True), ON_DEMAND)
    account.glue.start_job_run(JobName="a")
    account.clock.advance(1)
    account.start()
    assert account.states() == {"a": "WAITING"}
    newest, oldest = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (newest["JobRunState"], oldest["JobRunState"]) == ("WAITING", "RUNNING")
    assert newest["StateDetail"] == "Max concurrent job runs per job exceeded"
    assert account.glue.get_job(JobName="a")["Job"]["JobRunQueuingEnabled"] is True
    account.glue.batch_stop_job_run(JobName="a", JobRunIds=[oldest["Id"]])
    account.runtime.poll()
    account.runtime.poll()
    assert account.states() == {"a": "RUNNING"}


@rule("GetJobRuns and GetJobRun tell the state of a run while it runs, and how it ended.", API + "JobRun")
def test_job_runs(deployed: Any) -> None:
    account = deployed(BASE, job("a", Timeout=5), ON_DEMAND)
    account.start()
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (run["JobRunState"], run["TriggerName"], run["Timeout"]) == ("RUNNING", "first", 5)
    account.clock.advance(90)
    account.end("a", "FAILED", "no luck")
    run = account.glue.get_job_run(JobName="a", RunId=run["Id"])["JobRun"]
    assert (run["JobRunState"], run["ErrorMessage"], run["ExecutionTime"]) == ("FAILED", "no luck", 90)
    with pytest.raises(account.glue.exceptions.EntityNotFoundException):
        account.glue.get_job_run(JobName="a", RunId="jr_0")


@rule(
    "A job run says its MaxCapacity and workers; one that scales, or is FLEX, its DPUSeconds once it has ended.",
    API + "JobRun, DPUSeconds",
    differs="DPUSeconds are those of a driver and one executor for all of the run: here there are no others to count.",
)
@pytest.mark.parametrize(
    ("changes", "capacity", "used"),
    [
        ({}, 0.0625, None),
        ({**SPARK, "WorkerType": "G.1X", "NumberOfWorkers": 5}, 5, None),
        ({**SPARK, "WorkerType": "G.1X", "NumberOfWorkers": 5, "ExecutionClass": "FLEX"}, 5, 180),
        (
            {
                **SPARK,
                "WorkerType": "G.2X",
                "NumberOfWorkers": 5,
                "DefaultArguments": {"--enable-auto-scaling": "true"},
            },
            10,
            360,
        ),
    ],
)
def test_what_a_run_used(deployed: Any, changes: dict[str, Any], capacity: float, used: float | None) -> None:
    account = deployed(workflow(), job("a", **changes), ON_DEMAND)
    account.start()
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (run["MaxCapacity"], "DPUSeconds" in run) == (capacity, False)
    account.clock.advance(90)
    account.end("a")
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert (run["ExecutionTime"], run.get("DPUSeconds")) == (90, used)
    assert run.get("NumberOfWorkers") == changes.get("NumberOfWorkers")


@rule("A job that runs longer than its Timeout is ended, and is TIMEOUT; it is not retried.", API + "Job, Timeout")
def test_timeout(deployed: Any) -> None:
    account = deployed(workflow(), job("a", Timeout=1, MaxRetries=2), ON_DEMAND, real=True)
    account.aws.client("s3").create_bucket(Bucket="code")
    account.aws.client("s3").put_object(Bucket="code", Key="a.py", Body=b"import signal; signal.pause()")
    account.start()
    account.runtime.run_until_idle(30)
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert run["JobRunState"] == "TIMEOUT"


@rule("A script that ends with status 0 is SUCCEEDED, with another FAILED.", API + "JobRun, JobRunState")
def test_exit_codes(deployed: Any) -> None:
    account = deployed(BASE, trigger("first", "ON_DEMAND", "a", "b"), real=True)
    account.aws.client("s3").create_bucket(Bucket="code")
    for name, script in (("a", b"pass"), ("b", b"raise SystemExit(3)")):
        account.aws.client("s3").put_object(Bucket="code", Key=f"{name}.py", Body=script)
    account.start()
    account.runtime.run_until_idle(30)
    assert account.states() == {"a": "SUCCEEDED", "b": "FAILED"}


def writing(deployed: Any, script: str, **changes: Any) -> Any:
    """An account that runs a job with a script and the modules beside it."""
    account = deployed(workflow(), job("a", **changes), ON_DEMAND, real=True)
    s3 = account.aws.client("s3")
    s3.create_bucket(Bucket="code")
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("three.py", "THREE = 3")
    files = {"a.py": script.encode(), "one.py": b"ONE = 1", "lib/two.py": b"TWO = 2", "three-1.whl": wheel.getvalue()}
    for tag in ("py3", "cp27"):
        wheels = io.BytesIO()
        with zipfile.ZipFile(wheels, "w") as archive:
            archive.writestr(f"wheels/three-1-{tag}-none-any.whl", wheel.getvalue())
        files[f"{tag}.gluewheels.zip"] = wheels.getvalue()
    for key, body in files.items():
        s3.put_object(Bucket="code", Key=key, Body=body)
    account.start()
    return account


def logged(account: Any, name: str) -> list[str]:
    """The lines of a stream of the job's run so far."""
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    pages = account.aws.client("logs").get_paginator("filter_log_events")
    group, stream = f"{run['LogGroupName']}/{name}", [run["Id"]]
    try:
        found = [
            event for page in pages.paginate(logGroupName=group, logStreamNames=stream) for event in page["events"]
        ]
    except account.aws.client("logs").exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in found]


@rule(
    "A job's output is in /aws-glue/python-jobs/output or /aws-glue/jobs/output, in a stream named after the job run; "
    "what it writes to its standard error is in /error.",
    GUIDE + "Logging for AWS Glue jobs",
)
@pytest.mark.parametrize(("changes", "kind"), [({}, "/aws-glue/python-jobs"), (SPARK, "/aws-glue/jobs")])
def test_job_logs(deployed: Any, changes: dict[str, Any], kind: str) -> None:
    account = writing(deployed, "import sys; print('hello'); print('oh', file=sys.stderr)", **changes)
    account.runtime.run_until_idle(30)
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert run["LogGroupName"] == kind
    assert (logged(account, "output"), logged(account, "error")) == (["hello"], ["oh"])


@rule(
    "A Spark job's log groups have the names that --custom-logGroup-prefix begins; a Python shell job's don't.",
    GUIDE + "Logging for AWS Glue jobs",
)
@pytest.mark.parametrize(("changes", "prefix"), [(SPARK, "/aws-glue/mine"), ({}, "/aws-glue/python-jobs")])
def test_log_groups_of_ones_own(deployed: Any, changes: dict[str, Any], prefix: str) -> None:
    arguments = {"--custom-logGroup-prefix": "/aws-glue/mine"}
    account = writing(deployed, "print('hello')", DefaultArguments=arguments, **changes)
    account.runtime.run_until_idle(30)
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert run["LogGroupName"] == prefix
    assert logged(account, "output") == ["hello"]


@rule("What a job writes can be read while it runs.", GUIDE + "Logging for AWS Glue jobs")
def test_logs_of_a_job_that_runs(deployed: Any) -> None:
    account = writing(deployed, "import time; print('hello', flush=True); time.sleep(60)")
    deadline = time.monotonic() + 30
    while logged(account, "output") != ["hello"]:
        assert time.monotonic() < deadline
        account.runtime.poll(0.05)
    assert account.states() == {"a": "RUNNING"}


@rule("All of a long log is there, in order.", GUIDE + "Logging for AWS Glue jobs")
def test_long_logs(deployed: Any) -> None:
    account = writing(deployed, "[print(n) for n in range(25_000)]; print('x' * 600_000); print('last', end='')")
    account.runtime.run_until_idle(60)
    found = logged(account, "output")
    assert found[:25_000] == [str(number) for number in range(25_000)]
    assert "".join(found[25_000:-1]) == "x" * 600_000
    assert found[-1] == "last"


@rule("A Spark job gets --JOB_NAME and --JOB_RUN_ID, a Python shell job does not.", "boto3 issue 3506; " + GUIDE)
@pytest.mark.parametrize(("changes", "names"), [(SPARK, ["--JOB_NAME", "--JOB_RUN_ID"]), ({}, [])])
def test_names(deployed: Any, changes: dict[str, Any], names: list[str]) -> None:
    account = writing(deployed, "import sys; print(*sys.argv[1:])", **changes)
    account.runtime.run_until_idle(30)
    (line,) = logged(account, "output")
    given = line.split()
    assert [name for name in given[::2] if name.startswith("--JOB")] == names
    if names:
        (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
        assert given[1:4:2] == ["a", run["Id"]]


@rule("--extra-py-files are modules, zips and wheels in S3, with commas between them.", GUIDE + "Job parameters")
@pytest.mark.parametrize("changes", [{}, SPARK])
def test_extra_py_files(deployed: Any, changes: dict[str, Any]) -> None:
    arguments = {"--extra-py-files": "s3://code/one.py,s3://code/lib/two.py,s3://code/three-1.whl"}
    script = "import one, two, three; print(one.ONE + two.TWO + three.THREE)"
    account = writing(deployed, script, DefaultArguments=arguments, **changes)
    account.runtime.run_until_idle(30)
    assert logged(account, "output") == ["6"]


@rule("--additional-python-modules of a Spark job takes wheels in S3.", GUIDE + "Using Python libraries")
def test_additional_wheels(deployed: Any) -> None:
    arguments = {"--additional-python-modules": "s3://code/three-1.whl,isal==1.9.1"}
    account = writing(deployed, "import three; print(three.THREE)", DefaultArguments=arguments, **SPARK)
    account.runtime.run_until_idle(30)
    assert logged(account, "output") == ["3"]


@rule(
    "--additional-python-modules of a Spark job takes zips of wheels in S3, *.gluewheels.zip; the wheels are for the "
    "job's Python.",
    GUIDE + "Using Python libraries, Appendix A",
)
@pytest.mark.parametrize(("tag", "states", "printed"), [("py3", "SUCCEEDED", ["3"]), ("cp27", "FAILED", [])])
def test_zips_of_wheels(deployed: Any, tag: str, states: str, printed: list[str]) -> None:
    arguments = {
        "--additional-python-modules": f"s3://code/{tag}.gluewheels.zip",
        "--python-modules-installer-option": "--no-index",
    }
    account = writing(deployed, "import three; print(three.THREE)", DefaultArguments=arguments, **SPARK)
    account.runtime.run_until_idle(30)
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert run["JobRunState"] == states
    assert ("another Python" in run.get("ErrorMessage", "")) == (states == "FAILED")
    assert logged(account, "output") == printed


@rule(
    "A Python shell job takes no --extra-files, no eggs from Python 3.9 on, no job bookmarks, and wheels in S3 by "
    "--extra-py-files alone.",
    SHELL + ", Limitations; Providing your own Python library",
)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"--extra-files": "s3://code/one.py"}, "a Python shell job can't take --extra-files"),
        ({"--extra-py-files": "s3://code/one.egg"}, "can't take s3://code/one.egg"),
        ({"--job-bookmark-option": "job-bookmark-enable"}, "can't honour --job-bookmark-option"),
        ({"--additional-python-modules": "s3://code/three-1.whl"}, "name it in --extra-py-files"),
    ],
)
def test_shell_limitations(deployed: Any, arguments: dict[str, str], said: str) -> None:
    account = writing(deployed, "print('it ran')", DefaultArguments=arguments)
    account.runtime.run_until_idle(30)
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert run["JobRunState"] == "FAILED"
    assert said in run["ErrorMessage"]
    assert logged(account, "output") == []


@rule(
    "A Spark job can have job bookmarks.",
    GUIDE + "Tracking processed data using job bookmarks",
    differs="There are none: a job that asks for them fails, and says so. Run it with job-bookmark-disable.",
)
def test_bookmarks(deployed: Any) -> None:
    account = writing(deployed, "", DefaultArguments={"--job-bookmark-option": "job-bookmark-enable"}, **SPARK)
    account.runtime.run_until_idle(30)
    (run,) = account.glue.get_job_runs(JobName="a")["JobRuns"]
    assert "can't honour --job-bookmark-option job-bookmark-enable" in run["ErrorMessage"]
