"""The page of a stack that is up: its workflow runs, logs, tables and log groups, and a box for SQL."""
