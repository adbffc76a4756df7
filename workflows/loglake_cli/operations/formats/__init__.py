"""Looking at log formats, and trying one on a file."""
