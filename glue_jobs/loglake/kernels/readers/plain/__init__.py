"""Plain log files: finds the start and the time of each event."""
