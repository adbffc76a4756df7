"""The rules, in the standard library alone: windows, plans, ledger states, schemas, S3 keys, ports."""
