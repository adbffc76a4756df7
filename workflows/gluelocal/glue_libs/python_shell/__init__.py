"""The code that a Python shell job's process loads at its start: the folder goes on its ``PYTHONPATH``."""
