"""Scores: how well logs become columns, over sets of events with known content."""
