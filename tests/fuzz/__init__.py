"""Random raw objects through the kernels, each result checked against the objects' content: `make fuzz`."""
