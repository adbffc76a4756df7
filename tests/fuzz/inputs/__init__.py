"""What the fuzz feeds to the kernels."""
