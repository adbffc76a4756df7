"""Defaults of planning (`workflows/log_lake.yaml` has the same)."""

LAG_MINUTES = 30
"""No window ends later than this before now, since its events are still to come."""

READ_LAG_MINUTES = 5
"""The same for a window that is read: CloudWatch shows events within minutes, and makes them exportable later."""

SETTLE_AFTER_HOURS = 24
"""How long after its end a day has settled."""
