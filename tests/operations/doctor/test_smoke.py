"""The smoke test: a landed payload becomes rows that can be queried, and each way to end early."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.aws.answering_clients import Refused
from support.deployments.examined_account import NAMES, ExaminedAccount
from support.fakes.fakes import ManualClock
from support.worlds.worlds import SHOP, World

from loglake.core.landing.objects import LandedObject
from loglake.core.run.outcome import CONVERT, EXPORT, Outcome, RunNote
from loglake.core.schema.datasets import SMOKE, Dataset, Datasets
from loglake.core.state_items import RUN
from loglake.core.units import MS_PER_DAY, EpochMs, day_of, from_ms
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.doctor.account import READS, Account
from loglake_cli.operations.doctor.finding import Finding, Result
from loglake_cli.operations.doctor.smoke.run import STEPS, smoke

pytestmark = pytest.mark.unit

HOST = {"python": "3.13.2", "boto3": "1.42.84", "isal": "1.8.0", "region": NAMES.region, "credentials": "iam-role"}
DRIVER, WORKER = {**HOST, "host": "10-0-0-1"}, {**HOST, "host": "10-0-0-7"}
ALL_OK = dict.fromkeys([step.id for step in STEPS], Result.OK)


class WaitingClock(ManualClock):
    """A clock that makes the account do something while somebody waits."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(now_ms)
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.meanwhile()


@dataclass
class Smoked:
    """A deployment that runs its jobs while the smoke test waits. Tests remove the steps that must not happen."""

    world: World = field(default_factory=World)
    account: ExaminedAccount = field(default_factory=ExaminedAccount)
    workers: list[dict[str, str]] = field(default_factory=lambda: [WORKER])
    wakes: bool = True
    ends: bool = True
    crawls: bool = True
    exports: bool = True
    job_state: str = "SUCCEEDED"
    runs: list[dict[str, Any]] = field(default_factory=list)
    crawled: bool = False
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = WaitingClock(self.world.clock.now_ms())
        self.clock.meanwhile = self.meanwhile
        self.world.clock = self.clock
        self.world.datasets = Datasets((Dataset((SHOP,), table="app_shop"),))
        self.account.datasets = [{"log_groups": [SHOP], "table": "app_shop"}]
        old = self.clock.now_ms() - 3 * MS_PER_DAY
        self.account.groups = {SHOP: {"logGroupName": SHOP, "storedBytes": 9, "creationTime": old}}
        self.account.triggers["lake-log-landing-wake"]["EventBatchingCondition"] = {
            "BatchSize": 100,
            "BatchWindow": 900,
        }
        self.account.triggers["lake-log-export-wake"]["EventBatchingCondition"] = {"BatchSize": 100, "BatchWindow": 60}
        self.account.clients.answers.update(
            {
                ("glue", "GetWorkflowRuns"): self._workflow_runs,
                ("glue", "GetWorkflowRun"): lambda _: {"Run": self._run()},
                ("glue", "GetPartition"): lambda _: {"Partition": self._partition()},
                ("glue", "ListCrawls"): lambda _: {
                    "Crawls": [{"CrawlId": "c", "StartTime": from_ms(self.clock.now_ms()), "DPUHour": 0.34}]
                },
            }
        )

    def test(self) -> tuple[Finding, ...]:
        world = self.world
        stores = (world.control, world.raw, world.lake)
        deployment = Deployment(world.ledger, *stores, None, NAMES.database, self.clock, world.tasks)
        account = Account("lake", self.account.client, self.clock)
        return smoke(account, deployment, self.said.append)

    def results(self) -> dict[str, Result]:
        found = self.test()
        order = {Result.OK: 0, Result.NOT_PROVEN: 1, Result.PROBLEM: 2}
        worst: dict[str, Result] = {}
        for finding in found:
            before = worst.get(finding.check, Result.OK)
            worst[finding.check] = max(before, finding.result, key=lambda result: order[result])
            assert finding.result is Result.OK or (finding.why and finding.fix)
        return worst

    def meanwhile(self) -> None:
        if self.wakes and not self.runs:
            self.world.convert()
            self.runs.append(
                {
                    "Name": "lake-log-export",
                    "WorkflowRunId": "wr_1",
                    "StartedOn": from_ms(self.clock.now_ms()),
                    "Status": "RUNNING",
                    "WorkflowRunProperties": {
                        f"loglake:{CONVERT}": json.dumps({"runtime": {"driver": DRIVER, "workers": self.workers}})
                    },
                }
            )
        elif self.runs and self.ends and self.runs[0]["Status"] == "RUNNING":
            self.runs[0]["Status"] = "COMPLETED"
        elif self.crawls and not self.crawled:
            self.crawled = True
        elif self.exports:
            self.world.run_export()
            self.world.convert()

    def _workflow_runs(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """The API leaves out an empty list of runs."""
        return {"Runs": self.runs} if self.runs and members["Name"].endswith("export") else {}

    def _run(self) -> dict[str, Any]:
        job = {"Id": "jr_1", "JobRunState": self.job_state, "ErrorMessage": "executors never registered"}
        return {**self.runs[0], "Graph": {"Nodes": [{"Type": "JOB", "JobDetails": {"JobRuns": [job]}}]}}

    def _partition(self) -> dict[str, Any]:
        if not self.crawled:
            raise Refused("EntityNotFoundException", "Entity Not Found")
        place = f"s3://lake/tables/{SMOKE.table}/dt={day_of(self.clock.now_ms())}/"
        return {"StorageDescriptor": {"Location": place}}


def test_all_is_ok_and_each_wait_is_said() -> None:
    smoked = Smoked()
    found = {finding.check: finding.found for finding in smoked.test()}
    assert set(found) == set(ALL_OK)
    assert "Tasks ran on 1 executor, with Python 3.13.2, boto3 1.42.84, isal 1.8.0" in found["smoke-workers"]
    assert found["smoke-query"] == f"All 3 rows are in the files of {NAMES.database}.{SMOKE.table}."
    assert f"{SHOP} " in found["smoke-export"]
    assert [text for text in smoked.said if not text.startswith("Waiting for ")] == []
    assert len(smoked.said) == 4


def test_the_landing_window_is_not_waited_for() -> None:
    smoked = Smoked(exports=False)
    smoked.test()
    assert smoked.said[0] == "Waiting for a run of lake-log-export, 6 minutes at most"
    assert [key for key in smoked.world.control.objects if key.startswith("requests/continue/")]


def test_the_crawl_says_what_it_took() -> None:
    assert "The crawl took 0.34 DPU hours." in [finding.found for finding in Smoked().test()]


def test_the_payload_is_in_a_table_of_its_own() -> None:
    smoked = Smoked()
    smoked.world.datasets = Datasets((Dataset(("*",), table="everything"),))
    smoked.test()
    tables = {key.split("/")[1] for key in smoked.world.lake.objects if key.startswith("tables/")}
    assert SMOKE.table in tables
    assert all(isinstance(each, LandedObject) and not each.skipped for each in smoked.world.ledger.landed_objects())


def test_only_the_payload_and_a_request_are_put() -> None:
    smoked = Smoked()
    smoked.test()
    assert [call for call in smoked.account.clients.calls if not call[1].startswith(READS)] == []


def test_nothing_starts() -> None:
    assert Smoked(wakes=False, exports=False).results() == {
        **dict.fromkeys(ALL_OK, Result.NOT_PROVEN),
        "smoke-landing": Result.PROBLEM,
    }


def test_a_run_that_does_not_end_is_not_waited_for_forever() -> None:
    smoked = Smoked(ends=False, crawls=False, exports=False)
    assert set(smoked.results().values()) == {Result.NOT_PROVEN}


def test_a_job_that_fails() -> None:
    smoked = Smoked(job_state="FAILED")
    (finding,) = [each for each in smoked.test() if each.result is Result.PROBLEM]
    assert (finding.check, finding.found) == (
        "smoke-landing",
        "The job run jr_1 is FAILED: executors never registered",
    )


def test_no_worker_says_anything() -> None:
    assert Smoked(workers=[]).results() == {**ALL_OK, "smoke-workers": Result.NOT_PROVEN}


def test_tasks_that_ran_on_the_driver_alone_prove_no_executor() -> None:
    assert Smoked(workers=[DRIVER]).results() == {**ALL_OK, "smoke-workers": Result.NOT_PROVEN}


def test_a_worker_without_isal_is_slow_and_no_problem() -> None:
    assert Smoked(workers=[{**WORKER, "isal": ""}]).results() == {**ALL_OK, "smoke-workers": Result.NOT_PROVEN}


def test_a_worker_of_another_region() -> None:
    assert Smoked(workers=[{**WORKER, "region": ""}]).results() == {**ALL_OK, "smoke-workers": Result.PROBLEM}


def test_no_crawl() -> None:
    expected = {**ALL_OK, "smoke-catalog": Result.PROBLEM, "smoke-query": Result.NOT_PROVEN}
    assert Smoked(crawls=False, exports=False).results() == {**expected, "smoke-export": Result.NOT_PROVEN}


def test_rows_that_are_missing() -> None:
    smoked = Smoked()
    smoked._partition = lambda: {"StorageDescriptor": {"Location": "s3://lake/tables/elsewhere/"}}  # type: ignore[method-assign]
    assert smoked.results() == {**ALL_OK, "smoke-query": Result.PROBLEM}


METADATA = {"ColumnInfo": [{"Name": "_col0", "Type": "bigint"}]}


def athena(smoked: Smoked, state: str = "SUCCEEDED", rows: list[str] | None = None) -> None:
    """Gives the deployment the stack query, with this response of its workgroup."""
    shown = [{"Data": [{"VarCharValue": text}]} for text in ["_col0", *(rows or [])]]
    smoked.account.clients.answers.update(
        {
            ("athena", "GetWorkGroup"): lambda m: {"WorkGroup": {"Name": m["WorkGroup"]}},
            ("athena", "StartQueryExecution"): lambda _: {"QueryExecutionId": "q"},
            ("athena", "GetQueryExecution"): lambda _: {
                "QueryExecution": {
                    "Status": {"State": state, "StateChangeReason": "no permission"},
                    "StatementType": "DML",
                }
            },
            ("athena", "GetQueryResults"): lambda _: {"ResultSet": {"Rows": shown, "ResultSetMetadata": METADATA}},
        }
    )


@pytest.mark.parametrize(
    ("state", "rows", "result", "said"),
    [
        ("SUCCEEDED", ["3"], Result.OK, "Athena counts 3 rows."),
        ("SUCCEEDED", ["2"], Result.PROBLEM, "Athena counts 2 of 3 rows."),
        ("FAILED", [], Result.PROBLEM, "Athena: no permission"),
    ],
)
def test_athena_is_asked_where_it_has_a_workgroup(state: str, rows: list[str], result: Result, said: str) -> None:
    smoked = Smoked()
    athena(smoked, state, rows)
    assert (result, said) in [(each.result, each.found) for each in smoked.test() if each.check == "smoke-query"]


def test_an_export_that_is_proven_already_is_not_asked_for_again() -> None:
    smoked = Smoked(exports=False)
    smoked.clock.meanwhile = lambda: None
    smoked.world.export(SHOP)
    smoked.world.convert()
    smoked.clock.meanwhile = smoked.meanwhile
    assert smoked.results() == ALL_OK
    assert not [key for key in smoked.world.control.objects if key.startswith("requests/requested/")]


def test_no_log_group_is_old_enough() -> None:
    smoked = Smoked()
    smoked.account.groups[SHOP]["creationTime"] = smoked.clock.now_ms()
    assert smoked.results() == {**ALL_OK, "smoke-export": Result.NOT_PROVEN}


def test_an_export_job_that_fails_is_not_waited_for() -> None:
    smoked = Smoked(exports=False)
    note = RunNote(EXPORT, Outcome.FAILED, EpochMs(smoked.clock.now_ms() + MS_PER_DAY), "no module")
    smoked.world.ledger.put(RUN, EXPORT, note)
    (finding,) = [each for each in smoked.test() if each.result is Result.PROBLEM]
    assert (finding.check, finding.found) == ("smoke-export", "The export job failed: no module")


def test_what_may_not_be_looked_at_is_not_proven() -> None:
    smoked = Smoked()
    smoked.account.denied.add("glue:GetTrigger")
    findings = {finding.check: finding for finding in smoked.test()}
    assert findings["smoke-landing"].fix == "Allow yourself glue:GetTrigger."
    assert findings["smoke-query"].result is Result.NOT_PROVEN
