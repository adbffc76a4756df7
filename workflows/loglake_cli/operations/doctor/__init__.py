"""Checks a deployment without changing it, and says what is wrong, why it matters, and how to fix it."""
