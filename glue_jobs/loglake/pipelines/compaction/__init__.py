"""Compaction of settled partitions."""
