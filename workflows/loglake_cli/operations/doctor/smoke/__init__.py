"""``loglake doctor --smoke``: lands a payload, and follows it to a query result."""
