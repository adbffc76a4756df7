"""The formats of what AWS services write, one file each."""
