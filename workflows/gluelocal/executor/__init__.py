"""Executes the engine's commands, as Glue does; each job runs in its own process."""
