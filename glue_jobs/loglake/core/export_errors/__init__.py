"""What every AWS error means to an export run, as a table: retry, wait, fail the window, or fail the run."""
