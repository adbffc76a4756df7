"""The tasks of a convert stage, for every engine: their messages, their work and their answers."""
