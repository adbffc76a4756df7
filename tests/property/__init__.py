"""Random batches of events, converted and read back, checked by an oracle that shares no code with the kernels."""
