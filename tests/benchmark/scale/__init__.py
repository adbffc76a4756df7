"""``make bench-scale``: how time, files and memory grow with size and number."""
