"""The page of a running stack: its workflow runs, logs, tables and log groups, and a box for SQL."""
