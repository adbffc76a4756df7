"""What the tasks of a convert stage are given, do and answer, whichever engine runs them."""
