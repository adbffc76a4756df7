"""Requests: what a person or the schedule asks to export."""
