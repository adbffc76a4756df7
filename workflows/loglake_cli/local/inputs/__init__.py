"""The input of log groups: the generated sample, and text files."""
