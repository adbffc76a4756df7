"""The export job: plan, take the export slot, record what was exported."""
