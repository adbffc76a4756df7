"""Plain log files: where their events start, and when each happened."""
