"""The settings file of an environment: what is deployed, in which account, and with which parameters."""
