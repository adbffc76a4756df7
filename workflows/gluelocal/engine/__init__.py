"""Glue's decisions: a pure reducer over events, and what it shows of its runs."""
