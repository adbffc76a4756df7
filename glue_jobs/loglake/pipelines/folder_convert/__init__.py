"""Converting a folder of objects without a ledger: `loglake convert`."""
