"""Deploying loglake into an account, taking it out again, and proposing how it is set up."""
