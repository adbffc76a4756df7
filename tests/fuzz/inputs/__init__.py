"""Inputs for the kernels."""
