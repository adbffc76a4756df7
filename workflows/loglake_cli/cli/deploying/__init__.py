"""The commands that put loglake into an account and take it out again."""
