"""How a deployment stands: what the ledger knows, the last runs, and that in words."""
