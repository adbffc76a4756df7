"""Kills and injected errors: whatever happens to the jobs, the lake ends as if nothing had."""
