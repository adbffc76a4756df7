"""Pages below ``docs/`` that are written from the code, and checked against it."""
