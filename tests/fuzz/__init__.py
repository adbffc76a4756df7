"""Random raw objects through the kernels, each result checked against what the objects really hold: `make fuzz`."""
