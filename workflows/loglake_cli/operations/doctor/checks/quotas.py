"""Whether the account's quotas leave room for the jobs."""

from __future__ import annotations

from collections.abc import Iterator

from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Finding, check, problem, unproven

_RUNS = "Max concurrent job runs per account"
_DPUS = "Max task DPUs per account"
"""Names of quotas (AWS General Reference, "AWS Glue endpoints and quotas"); Service Quotas has them as text."""

_DEFAULTS = {_RUNS: 50.0}
"""The documented value, for Regions in which Service Quotas does not list it."""

_CRAWL_DPUS = 2.0
"""A crawl of a small lake; not documented, `aws glue list-crawls` says what one took."""


@check(
    "quota-runs",
    "The account may run as many job runs at once as the jobs allow.",
    "Over the quota a run waits in the queue, and without queueing it is FAILED.",
)
def runs(account: Account) -> Iterator[Finding]:
    """The quota on concurrent job runs against MaxConcurrentRuns of the jobs."""
    need = sum(
        int(account.job(name).get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1))
        for name in ("export-logs", "look-landing", "convert-logs")
    )
    yield from _compared(account, _RUNS, need)


@check(
    "quota-dpus",
    "The account may use as many DPUs at once as the jobs and a crawl take.",
    "With more workers than that, a run waits in the queue, or is FAILED if runs are not queued.",
)
def dpus(account: Account) -> Iterator[Finding]:
    """The quota on DPUs against the workers of the jobs; a worker of the type G.1X is one."""
    convert = account.job("convert-logs")
    per_worker = {"G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}.get(convert.get("WorkerType", "G.1X"), 1)
    most = int(convert.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1))
    need = most * per_worker * int(convert.get("NumberOfWorkers", 2)) + _CRAWL_DPUS
    need += sum(float(account.job(name).get("MaxCapacity", 0.0625)) for name in ("export-logs", "look-landing"))
    yield from _compared(account, _DPUS, need)


def _compared(account: Account, name: str, need: float) -> Iterator[Finding]:
    limit = _quota(account, name)
    if limit is None:
        yield unproven(name, f"Service Quotas does not list {name}.", "Look for it in the console of Service Quotas.")
    elif need > limit:
        yield problem(
            name,
            f"The quota {name} is {limit:g}, and this deployment takes up to {need:g}.",
            f"aws service-quotas list-service-quotas --service-code glue --query \"Quotas[?QuotaName=='{name}']\"  "
            "# then aws service-quotas request-service-quota-increase",
        )


def _quota(account: Account, name: str) -> float | None:
    quotas = account.reader.pages("service-quotas", "ListServiceQuotas", "Quotas", ServiceCode="glue")
    listed = (quota["Value"] for quota in quotas if quota["QuotaName"].lower() == name.lower())
    return next(listed, _DEFAULTS.get(name))


CHECKS = (runs, dpus)
