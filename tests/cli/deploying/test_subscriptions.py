"""A deployment subscribes what the datasets file lands, goes on each hour, and takes only its own filters with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.deployments.operated import loglake
from support.gluelocal.ambient import point_at

from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake_cli.cli.deploying import deploy, destroy
from loglake_cli.deploy.packaging import Package
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.operations.deploying import deploy as deploying

pytestmark = pytest.mark.local

LIVE = "  - {log_groups: [/live/*], table: live, ingest: landing}\n"


class Hurried(SystemClock):
    """Makes all waits short."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.3))


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: Package) -> Iterator[LocalStack]:
    """An account without stacks that refuses what roles may not do, and a datasets file that lands /live/."""
    settings = StackSettings(tmp_path / "logs", empty=True, enforce_iam=True)
    with LocalStack(Datasets.for_groups([]), settings, SystemClock()) as made:
        point_at(made.aws, monkeypatch)
        for module in (deploy, destroy):
            monkeypatch.setattr(module, "SystemClock", Hurried)
        monkeypatch.setattr(deploying, "build_package", lambda _: package)
        monkeypatch.chdir(tmp_path)
        for name in ("/live/a", "/live/full", "/app/shop"):
            made.client("logs").create_log_group(logGroupName=name)
        made.client("logs").create_log_group(logGroupName="/live/rare", logGroupClass="INFREQUENT_ACCESS")
        kinesis = made.client("kinesis")
        kinesis.create_stream(StreamName="others", ShardCount=1)
        arn = kinesis.describe_stream(StreamName="others")["StreamDescription"]["StreamARN"]
        for group, name in (("/live/full", "one"), ("/live/full", "two"), ("/live/a", "loglake-landing-of-others")):
            made.client("logs").put_subscription_filter(
                logGroupName=group,
                filterName=name,
                filterPattern="",
                destinationArn=arn,
                roleArn="arn:aws:iam::1:role/x",
            )
        write("on")
        yield made


def write(streaming: str, datasets: str = LIVE, subscribe: str = "LogGroups") -> None:
    Path("datasets.yaml").write_text(f"datasets:\n  - {{log_groups: [/app/*]}}\n{datasets}")
    Path("loglake.yaml").write_text(
        f"prefix: loglake\ndatasets: datasets.yaml\nstacks: {{streaming: {streaming}, monitoring: off, query: off}}\n"
        f"parameters: {{Subscribe: {subscribe}}}\n"
    )


def run(verb: str, *arguments: str) -> dict[str, Any]:
    done = loglake(verb, *arguments, "--json")
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def filters(stack: LocalStack) -> dict[str, list[str]]:
    """The names of filters by log group; without those that have none."""
    logs = stack.client("logs")
    names = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    found = {name: logs.describe_subscription_filters(logGroupName=name)["subscriptionFilters"] for name in names}
    return {name: sorted(each["filterName"] for each in of_group) for name, of_group in found.items() if of_group}


OTHERS = {"/live/a": ["loglake-landing-of-others"], "/live/full": ["one", "two"]}
WITH_OURS = {**OTHERS, "/live/a": ["loglake-landing", "loglake-landing-of-others"]}


def look(stack: LocalStack) -> str:
    """What the trigger does each hour; returns how the job run ended."""
    glue = stack.client("glue")
    trigger = glue.get_trigger(Name="loglake-subscribe")["Trigger"]
    assert trigger["State"] == "ACTIVATED"
    action = trigger["Actions"][0]
    run_id = glue.start_job_run(JobName=action["JobName"], Arguments=action["Arguments"])["JobRunId"]
    stack.runtime.run_until_idle(60)
    return str(glue.get_job_run(JobName=action["JobName"], RunId=run_id)["JobRun"]["JobRunState"])


def test_filters_come_with_a_deployment_and_its_looks_and_go_with_it(stack: LocalStack) -> None:
    planned = run("deploy", "--dry-run")["plan"]["subscription_filters"]
    assert (planned["put"], planned["removed"], set(planned["refused"])) == (2, 0, {"/live/rare"})
    assert filters(stack) == OTHERS

    done = run("deploy", "--yes", "--checks", "none")["result"]["subscription_filters"]
    assert (done["put"], set(done["refused"])) == (1, {"/live/full", "/live/rare"})
    assert filters(stack) == WITH_OURS
    assert run("deploy", "--dry-run")["plan"]["changes_nothing"] is True

    stack.client("logs").create_log_group(logGroupName="/live/new")
    assert run("deploy", "--dry-run")["plan"]["subscription_filters"]["put"] == 1
    assert look(stack) == "SUCCEEDED"
    assert filters(stack) == {**WITH_OURS, "/live/new": ["loglake-landing"]}
    remarks = run("status", "--lake", "aws:loglake")["runs"]["look"]["remarks"]
    assert [said.partition(": ")[0].rpartition(" ")[2] for said in remarks] == ["/live/full", "/live/rare"]

    write("on", LIVE.replace("/live/*", "/live/a"))
    assert run("deploy", "--dry-run")["plan"]["subscription_filters"]["removed"] == 1
    run("deploy", "--yes", "--checks", "none")
    assert filters(stack) == WITH_OURS

    gone = run("destroy", "--lake", "aws:loglake", "--dry-run")
    assert gone["subscription_filters"] == 1
    run("destroy", "--lake", "aws:loglake", "--confirm", "loglake")
    assert filters(stack) == OTHERS


@pytest.mark.parametrize("instead", [("off", "LogGroups"), ("on", "Account")])
def test_filters_go_if_the_stack_goes_or_subscribes_the_account(stack: LocalStack, instead: tuple[str, str]) -> None:
    run("deploy", "--yes", "--checks", "none")
    assert filters(stack) == WITH_OURS
    write(instead[0], subscribe=instead[1])
    assert run("deploy", "--dry-run")["plan"]["subscription_filters"]["removed"] == 1
    run("deploy", "--yes", "--checks", "none")
    assert filters(stack) == OTHERS
    write("on")
    run("deploy", "--yes", "--checks", "none")
    assert filters(stack) == WITH_OURS
