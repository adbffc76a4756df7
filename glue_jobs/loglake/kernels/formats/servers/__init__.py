"""The formats of web servers and of operating systems, one file each."""
