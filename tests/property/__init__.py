"""Random batches of events, converted and read back, against an oracle that shares no code with the kernels."""
