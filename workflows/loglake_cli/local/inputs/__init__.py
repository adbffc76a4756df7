"""What goes into the log groups: the generated sample, and text files."""
