"""`loglake verify`: compares the ledger and its decisions with the lake, and names what repairs the difference."""
