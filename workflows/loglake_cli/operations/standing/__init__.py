"""The state of a deployment: the ledger, the last runs, and the same in words."""
