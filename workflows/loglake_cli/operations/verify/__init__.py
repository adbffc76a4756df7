"""`loglake verify`: what the ledger and its decisions say, against what is there; and what mends the difference."""
