"""`make soak`: sends requests to a running stack, and measures its memory over time."""
