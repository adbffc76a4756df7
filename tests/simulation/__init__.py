"""A simulated year of an account: the real pipelines on a virtual clock (`make simulate`)."""
