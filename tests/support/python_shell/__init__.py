"""Adapters of the export job in a process of Glue's Python shell."""
