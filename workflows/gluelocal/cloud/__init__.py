"""The embedded AWS: moto, the parts that moto lacks, and the event bus."""
