"""A deployment's status as one JSON-ready document."""

from __future__ import annotations

from typing import Any

from loglake.core.catalog_gaps import CatalogGap
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import RunNote
from loglake.core.units import EpochMs, format_instant
from loglake.core.windows import Window
from loglake_cli.operations.standing.status import GroupStatus, SlotStatus, Status
from loglake_cli.operations.standing.status_notes import notes
from loglake_cli.operations.standing.status_text import problems
from loglake_cli.operations.verify.quick import LostFiles

_NOT_COUNTED = frozenset({WindowState.SUPERSEDED, WindowState.UNREADABLE})


def document(status: Status, where: str) -> dict[str, Any]:
    """The status as one JSON-ready document; times are ISO 8601, UTC."""
    landed = status.landed
    return {
        "at": format_instant(status.now_ms),
        "log_groups": [{**_group_document(group), "done": status.is_done(group)} for group in status.groups],
        "landed_objects": {
            "known": landed.known,
            "failed": landed.failed,
            "failed_objects": [{"key": each.key, "reason": each.reason} for each in landed.unread],
            "quarantined": landed.quarantined,
            "skipped_log_groups": list(landed.skipped),
            "more_skipped_log_groups": landed.more_skipped,
        },
        "runs": {run.job: _run_document(run) for run in status.runs},
        "catalog_gaps": [_gap_document(gap) for gap in status.gaps],
        "export_slot": _slot_document(status.slot) if status.slot else None,
        "unreadable_items": [{"key": item.key, "reason": item.reason} for item in status.unreadable],
        "problems": problems(status, where),
        "gone": list(status.gone),
        "removed_until": {name: format_instant(until_ms) for name, until_ms in status.removed.items() if until_ms},
        "lost_files": [_lost_document(lost) for lost in status.lost],
        "notes": notes(status, where),
        "missing": status.missing.to_json(),
    }


def _group_document(group: GroupStatus) -> dict[str, Any]:
    return {
        "log_group": group.log_group,
        "table": group.table or None,
        "complete_until": _instant(group.complete_until_ms),
        "lag_seconds": None if group.lag_ms is None else group.lag_ms // 1000,
        "windows": {state.value: group.counts.get(state, 0) for state in WindowState if state not in _NOT_COUNTED},
        "pending": group.pending,
        "settling": group.settling,
        "days": {
            "fresh": group.days.fresh,
            "settled": group.days.settled,
            "final": group.days.final,
            "oldest_unsettled": _instant(group.days.oldest_unsettled_ms),
        },
        "failed": [
            {"window": _window(row.window), "reason": row.reason, "attempts": row.failure.tries if row.failure else 0}
            for row in group.failed
        ],
        "ignored": group.ignored,
        "last_error": group.last_error or None,
        "gaps": [_window(gap) for gap in group.gaps],
        "rows": group.accounting.rows_out,
        "quarantined": group.accounting.quarantined,
        "dropped": group.accounting.dropped,
        "violations": group.accounting.violations,
        "ways": list(group.ways),
        "read_as": dict(group.accounting.read_as),
        "redacted": dict(group.accounting.redacted),
        "paused_since": _instant(group.paused_since_ms),
    }


def _lost_document(lost: LostFiles) -> dict[str, Any]:
    return {
        "table": lost.table,
        "windows": [{"log_group": group, **_window(window)} for group, window in lost.windows],
        "compacted": list(lost.compacted),
    }


def _run_document(run: RunNote) -> dict[str, Any]:
    return {
        "outcome": run.outcome.value,
        "ended": _instant(run.ended_ms),
        "error": run.error or None,
        "remarks": list(run.remarks),
        "waiting": {
            queue: {
                "log_groups": each.groups,
                "windows": each.windows,
                "pages": each.pages,
                "hours": each.hours,
                "bytes": each.size_bytes,
                "oldest": _instant(each.oldest_ms),
                "exported_percent": each.done_percent,
                "seconds_left": each.seconds_left,
            }
            for queue, each in run.waiting.items()
        },
        "remarked": _instant(run.remarks_ms) if run.remarks else None,
    }


def _gap_document(gap: CatalogGap) -> dict[str, Any]:
    return {
        "table": gap.table,
        "columns": list(gap.missing.columns),
        "partitions": list(gap.missing.partitions),
        "crawls_asked_for": gap.wakes,
        "given_up": gap.given_up,
        "next_look": _instant(gap.not_before_ms) if gap.wakes else None,
    }


def _slot_document(slot: SlotStatus) -> dict[str, Any]:
    task = slot.task
    active = task and {
        "task_id": task.task_id,
        "name": task.name,
        "status": task.status,
        "log_group": task.log_group,
        "destination": f"s3://{task.bucket}/{task.prefix}",
        "since": format_instant(task.created_ms) if task.created_ms else None,
    }
    return {"active": active, "ours": slot.ours if task else None, "unknown": slot.unknown or None}


def _window(window: Window) -> dict[str, str]:
    return {"from": format_instant(window.from_ms), "to": format_instant(window.to_ms)}


def _instant(ms: EpochMs | None) -> str | None:
    return None if ms is None else format_instant(ms)
