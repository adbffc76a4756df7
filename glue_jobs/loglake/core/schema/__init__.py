"""Datasets, columns and types, and how raw objects become bundles."""
