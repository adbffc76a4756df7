"""The ledger's rows, and what is noted beside them."""
