"""The convert job: claim windows, decide types, convert, commit."""
