"""Job runs as processes: their arguments, environment, output and logs."""
