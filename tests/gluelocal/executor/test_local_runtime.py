"""The runtime with real processes: small scripts in the embedded S3 run as jobs."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from gluelocal.engine.state import GlueError
from gluelocal.engine.views import NodeView, Part, Snapshot
from gluelocal.executor.jobs.jobs import JobRun, JobSettings
from gluelocal.executor.runtime import Runtime
from gluelocal.model.model import (
    Action,
    Condition,
    Crawler,
    EventBatchingCondition,
    Job,
    Model,
    Predicate,
    Trigger,
    Workflow,
)

pytestmark = pytest.mark.local

ANY_JOB_END = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")


@pytest.fixture(scope="module")
def clients() -> Iterator[Callable[[str], Any]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    session: Any = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="eu-central-1")
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=f"http://127.0.0.1:{port}")
        return made[service]

    client("s3").create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield client
    for one in made.values():
        one.close()
    server.stop()


class Bench:
    """A workflow of jobs made from scripts, started by one event."""

    def __init__(self, clients: Callable[[str], Any], tmp_path: Path) -> None:
        self.clients = clients
        self.tmp_path = tmp_path
        self.jobs: dict[str, Job] = {}
        self.crawlers: dict[str, Crawler] = {}
        self.triggers: list[Trigger] = []
        self.crawl: Callable[[Crawler], Any] = lambda _: None
        self.changes: list[Snapshot] = []
        self.grace_s = 2.0

    def put(self, key: str, text: str) -> str:
        self.clients("s3").put_object(Bucket="code", Key=f"{self.tmp_path.name}/{key}", Body=text.encode())
        return f"s3://code/{self.tmp_path.name}/{key}"

    def job(self, name: str, script: str, **changes: Any) -> None:
        uri = self.put(f"{name}.py", script)
        self.jobs[name] = Job(name, changes.pop("command", "pythonshell"), uri, **changes)

    def first(self, *actions: Action) -> None:
        self.triggers.append(Trigger("first", "EVENT", "flow", actions))

    def after(self, name: str, job: str, *actions: Action, states: tuple[str, ...] = ANY_JOB_END) -> None:
        conditions = tuple(Condition(job_name=job, state=state) for state in states)
        predicate = Predicate("ANY", conditions)
        self.triggers.append(Trigger(name, "CONDITIONAL", "flow", actions, predicate, start_on_creation=True))

    def runtime(self) -> Runtime:
        return Runtime(
            Model(
                workflows={"flow": Workflow("flow")},
                triggers={trigger.name: trigger for trigger in self.triggers},
                jobs=self.jobs,
                crawlers=self.crawlers,
            ),
            self.clients,
            JobSettings(
                log_dir=self.tmp_path / "logs",
                environment={"PATH": "/usr/bin:/bin", "TZ": "UTC", "OUT": str(self.tmp_path)},
                python=sys.executable,
                python_shell=sys.executable,
                grace_s=self.grace_s,
                minute_s=1.0,
            ),
            self.crawl,
            self.changes.append,
            now_ms=lambda: time.time_ns() // 1_000_000,
        )

    def run(self) -> Snapshot:
        with self.runtime() as runtime:
            runtime.notify("flow", "event-1")
            return runtime.run_until_idle(30)


@pytest.fixture
def bench(clients: Callable[[str], Any], tmp_path: Path) -> Bench:
    return Bench(clients, tmp_path)


def node(snapshot: Snapshot, name: str) -> NodeView:
    return next(node for node in snapshot.runs[-1].nodes if node.name == name)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(path: Path, timeout_s: float = 15) -> str:
    deadline = time.monotonic() + timeout_s
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)
    return path.read_text()


ECHO = (
    "import json, os, sys; json.dump([sys.argv, dict(os.environ), os.getcwd()], open(os.environ['OUT'] + '/{}', 'w'))"
)


def echoed(bench: Bench, name: str) -> tuple[list[str], dict[str, str], str]:
    argv, environment, cwd = json.loads((bench.tmp_path / name).read_text())
    return argv, environment, cwd


def test_jobs_run_in_order_and_the_run_completes(bench: Bench) -> None:
    bench.job("one", "print('hello from one')")
    bench.job("two", "print('hello from two')", command="glueetl")
    bench.first(Action(job_name="one"))
    bench.after("then", "one", Action(job_name="two"))
    snapshot = bench.run()
    run = snapshot.runs[0]
    assert (run.status, run.statistics["SucceededActions"], run.statistics["TotalActions"]) == ("COMPLETED", 2, 2)
    assert [(item.type, item.name, item.state) for item in run.nodes] == [
        ("TRIGGER", "first", "FIRED"),
        ("JOB", "one", "SUCCEEDED"),
        ("TRIGGER", "then", "FIRED"),
        ("JOB", "two", "SUCCEEDED"),
    ]
    assert node(snapshot, "one").log_tail == ("hello from one",)
    assert node(snapshot, "one").ended_ms is not None
    assert run.event_ids == ("event-1",)
    assert run.id.startswith("wr_")
    assert snapshot.idle
    assert {item.nodes[1].state for change in bench.changes for item in change.runs} == {"RUNNING", "SUCCEEDED"}


def test_a_node_says_how_far_it_is_while_its_script_does(bench: Bench) -> None:
    said = json.dumps({"event": "progress", "done": 3, "of": 4, "unit": "windows"})
    bench.job("one", f"import time; print({said!r}); time.sleep(60)")
    bench.first(Action(job_name="one"))
    with bench.runtime() as runtime:
        runtime.notify("flow", "event-1")
        deadline = time.monotonic() + 30
        while not (runs := runtime.snapshot().runs) or runs[0].nodes[1].part is None:
            assert time.monotonic() < deadline
            runtime.poll(0.05)
        assert runs[0].nodes[1].part == Part(3, 4, "windows")
        runtime.stop()
        assert runtime.snapshot().runs[0].nodes[1].part is None


def test_logs_and_temporary_files_are_for_the_user_alone(bench: Bench) -> None:
    before = os.umask(0)  # that of a user who lets everybody read what they make
    try:
        (bench.tmp_path / "logs").mkdir()  # as an earlier version left it
        bench.job(
            "one", "import os; print(*(oct(os.stat(os.environ.get(n, '.')).st_mode) for n in ('TMPDIR', 'HOME', '')))"
        )
        bench.first(Action(job_name="one"))
        reported = node(bench.run(), "one").log_tail
    finally:
        os.umask(before)
    assert reported == ("0o40700 0o40700 0o40700",)
    assert oct((bench.tmp_path / "logs").stat().st_mode) == "0o40700"
    assert [path.suffix for path in (bench.tmp_path / "logs").iterdir()] == [".log"]


def test_arguments_are_the_defaults_the_triggers_and_glues_own(bench: Bench) -> None:
    bench.job(
        "spark",
        ECHO.format("argv"),
        command="glueetl",
        default_arguments={"--a": "default", "--b": "default", "--enable-metrics": "true"},
        non_overridable_arguments={"--c": "fixed"},
    )
    bench.first(Action(job_name="spark", arguments={"--b": "trigger", "--c": "trigger"}))
    run = bench.run().runs[0]
    argv, environment, cwd = echoed(bench, "argv")
    given = dict(zip(argv[1::2], argv[2::2], strict=True))
    assert Path(argv[0]).name == "spark.py"
    assert given == {
        "--JOB_NAME": "spark",
        "--JOB_RUN_ID": run.nodes[1].attempts[0].id,
        "--a": "default",
        "--b": "trigger",
        "--c": "fixed",
        "--enable-metrics": "true",
        "--WORKFLOW_NAME": "flow",
        "--WORKFLOW_RUN_ID": run.id,
    }
    assert cwd == str(Path(argv[0]).parent)
    assert not Path(cwd).exists()
    assert environment["TZ"] == "UTC"
    assert "AWS_PROFILE" not in environment
    assert environment["HOME"] == cwd


def test_a_python_shell_job_does_not_get_its_name_or_run_id(bench: Bench) -> None:
    bench.job("shell", ECHO.format("argv"))
    bench.first(Action(job_name="shell"))
    run = bench.run().runs[0]
    assert echoed(bench, "argv")[0][1:] == ["--WORKFLOW_NAME", "flow", "--WORKFLOW_RUN_ID", run.id]


def test_libraries_and_files_are_where_the_script_finds_them(bench: Bench) -> None:
    module = bench.put("helper.py", "ANSWER = 42")
    data = bench.put("data.txt", "some data")
    bench.job(
        "uses",
        "import helper; print(helper.ANSWER, open('data.txt').read())",
        default_arguments={"--extra-py-files": module, "--extra-files": data},
        command="glueetl",
    )
    bench.first(Action(job_name="uses"))
    assert node(bench.run(), "uses").log_tail == ("42 some data",)


def test_a_failed_job_says_why_and_an_any_trigger_goes_on(bench: Bench) -> None:
    bench.job("bad", "import sys\nprint('working')\nraise ValueError('no such window')")
    bench.job("next", "pass")
    bench.job("happy", "pass")
    bench.first(Action(job_name="bad"))
    bench.after("whatever", "bad", Action(job_name="next"))
    bench.after("only-good", "bad", Action(job_name="happy"), states=("SUCCEEDED",))
    snapshot = bench.run()
    assert (node(snapshot, "bad").state, node(snapshot, "bad").error) == ("FAILED", "ValueError: no such window")
    assert node(snapshot, "next").state == "SUCCEEDED"
    assert (node(snapshot, "only-good").state, node(snapshot, "happy").state) == ("SKIPPED", "SKIPPED")
    assert snapshot.runs[0].status == "COMPLETED"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("import sys; print('first'); sys.exit('give me a bucket')", "first\ngive me a bucket"),
        ("import sys; sys.exit(3)", "exit status 3 without a word in the log"),
        ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL."),
    ],
)
def test_other_ways_to_fail(bench: Bench, script: str, error: str) -> None:
    bench.job("bad", script)
    bench.first(Action(job_name="bad"))
    assert node(bench.run(), "bad").error == error


def test_a_script_that_is_not_there_fails_the_node(bench: Bench) -> None:
    bench.jobs["lost"] = Job("lost", "pythonshell", "s3://code/nowhere.py")
    bench.first(Action(job_name="lost"))
    lost = node(bench.run(), "lost")
    assert lost.state == "FAILED"
    assert "could not start" in lost.error


def test_an_argument_that_cannot_be_honoured_fails_the_node(bench: Bench) -> None:
    bench.job("jars", "pass", default_arguments={"--extra-jars": "s3://code/a.jar"}, max_retries=2)
    bench.first(Action(job_name="jars"))
    jars = node(bench.run(), "jars")
    assert "can't honour --extra-jars" in jars.error
    assert len(jars.attempts) == 1, "another attempt would end like this one"


def test_retries_keep_every_attempt_and_the_last_one_counts(bench: Bench) -> None:
    script = "import os, pathlib\np = pathlib.Path(os.environ['OUT'], 'tries')\n"
    script += "n = len(p.read_text()) if p.exists() else 0\np.write_text('x' * (n + 1))\nassert n == 2, n"
    bench.job("flaky", script, max_retries=3)
    bench.first(Action(job_name="flaky"))
    bench.job("next", "pass")
    bench.after("failed", "flaky", Action(job_name="next"), states=("FAILED",))
    snapshot = bench.run()
    flaky = node(snapshot, "flaky")
    assert [(attempt.number, attempt.state) for attempt in flaky.attempts] == [
        (0, "FAILED"),
        (1, "FAILED"),
        (2, "SUCCEEDED"),
    ]
    assert len({attempt.id for attempt in flaky.attempts}) == 3
    assert node(snapshot, "next").state == "SKIPPED"


CHILD = "import os, time; open(os.environ['OUT'] + '/child', 'w').write(str(os.getpid())); time.sleep(60)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"
GROUP = f"import os, subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], process_group=0)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{PARENT}"


@pytest.mark.parametrize("script", [PARENT, GROUP, STUBBORN], ids=["child", "own-group", "ignores-sigterm"])
def test_a_timeout_ends_the_job_and_its_children(bench: Bench, script: str) -> None:
    bench.grace_s = 0.5
    bench.job("slow", script, timeout_minutes=1, max_retries=2)
    bench.first(Action(job_name="slow"))
    slow = node(bench.run(), "slow")
    assert (slow.state, slow.error, len(slow.attempts)) == ("TIMEOUT", "the job reached its Timeout", 1)
    assert not alive(int((bench.tmp_path / "child").read_text()))


def test_what_a_finished_job_left_running_is_ended(bench: Bench) -> None:
    wait = "import os, time, pathlib\nwhile not os.path.exists(os.environ['OUT'] + '/child'): time.sleep(0.01)"
    bench.job("leaves", f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {CHILD!r}])\n{wait}")
    bench.first(Action(job_name="leaves"))
    assert node(bench.run(), "leaves").state == "SUCCEEDED"
    assert not alive(int(wait_for(bench.tmp_path / "child")))


def test_leaving_the_runtime_ends_everything(bench: Bench) -> None:
    bench.job("slow", PARENT)
    bench.first(Action(job_name="slow"))
    bench.after("then", "slow", Action(job_name="slow"))
    with pytest.raises(KeyboardInterrupt), bench.runtime() as runtime:  # noqa: PT012 - it is the block that is left
        runtime.notify("flow", "event-1")
        runtime.poll(1)
        child = int(wait_for(bench.tmp_path / "child"))
        assert alive(child)
        raise KeyboardInterrupt
    assert not alive(child)
    snapshot = runtime.snapshot()
    assert (snapshot.runs[0].status, node(snapshot, "slow").state) == ("STOPPED", "STOPPED")
    assert node(snapshot, "then").state == "SKIPPED"


def test_stopping_a_run_leaves_the_others(bench: Bench) -> None:
    bench.job("slow", PARENT, max_concurrent_runs=2)
    bench.first(Action(job_name="slow"))
    with bench.runtime() as runtime:
        first, second = runtime.start("flow"), runtime.start("flow", {"mode": "request"})
        runtime.stop_run(first)
        runtime.poll()
        assert [run.status for run in runtime.snapshot().runs] == ["STOPPED", "RUNNING"]
        assert runtime.state.runs[1].properties == {"mode": "request"}
        with pytest.raises(GlueError, match="IllegalWorkflowStateException"):
            runtime.stop_run(first)
        runtime.stop_run(second)


def test_run_until_idle_gives_up_in_time(bench: Bench) -> None:
    bench.job("slow", "import time; time.sleep(60)")
    bench.first(Action(job_name="slow"))
    with bench.runtime() as runtime:
        runtime.start("flow")
        with pytest.raises(TimeoutError, match="still active"):
            runtime.run_until_idle(0.2)


def test_crawlers_run_and_their_errors_fail_the_node(bench: Bench) -> None:
    crawled = []

    def crawl(crawler: Crawler) -> None:
        crawled.append((crawler.name, crawler.properties["DatabaseName"]))
        if crawler.name == "bad":
            raise RuntimeError("CrawlerRunningException: wait for it")

    bench.crawl = crawl
    for name in ("good", "bad"):
        bench.crawlers[name] = Crawler(name, {"DatabaseName": "lake"})
    bench.first(Action(crawler_name="good"), Action(crawler_name="bad"))
    snapshot = bench.run()
    assert sorted(crawled) == [("bad", "lake"), ("good", "lake")]
    assert node(snapshot, "good").state == "SUCCEEDED"
    assert node(snapshot, "bad").error == "RuntimeError: CrawlerRunningException: wait for it"


def test_a_crawl_in_progress_is_cancelled_by_stop(bench: Bench) -> None:
    release = threading.Event()
    bench.crawl = lambda _: release.wait(20)
    bench.grace_s = 0.2
    bench.crawlers["slow"] = Crawler("slow")
    bench.first(Action(crawler_name="slow"))
    with bench.runtime() as runtime:
        runtime.start("flow")
    release.set()
    assert node(runtime.snapshot(), "slow").state == "CANCELLED"
    assert runtime.snapshot().runs[0].status == "STOPPED"


def test_a_batch_window_starts_one_run_for_its_events(bench: Bench) -> None:
    bench.job("one", "pass")
    batching = EventBatchingCondition(batch_size=100, batch_window_s=1)
    bench.triggers.append(
        Trigger("first", "EVENT", "flow", (Action(job_name="one"),), event_batching_condition=batching)
    )
    with bench.runtime() as runtime:
        threads = [threading.Thread(target=runtime.notify, args=("flow", f"event-{number}")) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        runtime.poll(0.1)
        assert len(runtime.state.batches["flow"].event_ids) == 5
        run = runtime.run_until_idle(30).runs[0]
    cause = run.starting_event_batch_condition
    assert sorted(run.event_ids) == [f"event-{number}" for number in range(5)]
    assert cause is not None
    assert (cause.batch_size, cause.batch_window_s) == (None, 1)
    assert runtime.state.runs[0].properties["aws:eventIds"] == f"[{', '.join(run.event_ids)}]"


def test_an_event_for_a_workflow_that_is_not_there_is_an_error(bench: Bench) -> None:
    with bench.runtime() as runtime:
        runtime.notify("nowhere", "event-1")
        with pytest.raises(GlueError, match="EntityNotFoundException"):
            runtime.poll()


def test_a_second_ctrl_c_while_stopping_still_ends_the_job(bench: Bench) -> None:
    bench.grace_s = 5
    bench.job("stubborn", STUBBORN.replace("time.sleep(60)", "__import__('signal').pause()"))
    bench.first(Action(job_name="stubborn"))
    runtime = bench.runtime()
    runtime.start("flow")
    child = int(wait_for(bench.tmp_path / "child"))
    leader = next(one.pid for one in runtime.jobs.running.values() if isinstance(one, JobRun))
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        runtime.stop()
    timer.join()
    assert not alive(leader)
    assert not alive(child)
