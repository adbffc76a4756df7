"""Judges a lake by what a user can see, against what CloudWatch had. It knows nothing of how loglake works."""
