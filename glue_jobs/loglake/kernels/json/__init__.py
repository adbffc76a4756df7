"""JSON events: spans, inferred types, and values that fit their columns."""
