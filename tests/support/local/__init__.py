"""The local runtime under test: stacks, processes, engines."""
