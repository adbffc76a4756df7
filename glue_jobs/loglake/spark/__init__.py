"""What Spark does: plan, distribute and retry the kernels, and give DataFrames to notebooks."""
