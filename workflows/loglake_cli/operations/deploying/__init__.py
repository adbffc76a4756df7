"""Deploys loglake into an account, removes it, and proposes its settings."""
