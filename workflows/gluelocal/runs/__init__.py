"""A run of one workflow of any template, from its start trigger to its report."""
