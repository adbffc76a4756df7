"""Claims, leases, and the commit of a window."""
