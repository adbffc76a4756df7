"""Random histories of one lake, and the lake that they are of."""
