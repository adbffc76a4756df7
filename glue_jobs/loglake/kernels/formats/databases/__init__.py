"""The formats of databases, as RDS and Aurora export them, one file each."""
