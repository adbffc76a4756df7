"""`make soak`: a stack that stays up under requests, and its memory over time."""
