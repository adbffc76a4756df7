"""Personal data is hidden in the text of an event before anything else looks at it."""
