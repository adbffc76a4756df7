"""Shared by commands: options, arguments, output, errors, and the list of verbs."""
