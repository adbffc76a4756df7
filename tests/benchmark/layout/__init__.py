"""``make bench-layout``: how much of a table's files typical queries read, and what other layouts would change."""
