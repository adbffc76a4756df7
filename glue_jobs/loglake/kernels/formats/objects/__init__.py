"""JSON objects in events: their fields, message and level, wherever they stand in a text."""
