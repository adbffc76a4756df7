"""The `loglake` command: one module per command group, shared options, output and errors."""
