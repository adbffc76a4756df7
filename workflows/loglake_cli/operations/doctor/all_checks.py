"""All checks, in the order in which they run and are reported: what others depend on first."""

from __future__ import annotations

from loglake_cli.operations.doctor.checks import (
    buckets,
    catalog,
    events,
    export_slot,
    ingest,
    jobs,
    keys,
    lake_formation,
    log_groups,
    network,
    permissions,
    quotas,
    stacks,
    triggers,
)
from loglake_cli.operations.doctor.finding import Check

THEMES: dict[str, tuple[Check, ...]] = {
    "Stacks": stacks.CHECKS,
    "Buckets and ledger": buckets.CHECKS,
    "Jobs": jobs.CHECKS,
    "Triggers": triggers.CHECKS,
    "Events": events.CHECKS,
    "Permissions": permissions.CHECKS,
    "KMS keys": keys.CHECKS,
    "Log groups": log_groups.CHECKS,
    "Ingest": ingest.CHECKS,
    "Export slot": export_slot.CHECKS,
    "Catalog": catalog.CHECKS,
    "Lake Formation": lake_formation.CHECKS,
    "Quotas": quotas.CHECKS,
    "Network": network.CHECKS,
}
"""By theme."""

CHECKS: tuple[Check, ...] = tuple(check for checks in THEMES.values() for check in checks)
