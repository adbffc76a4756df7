"""What is more than a shape: formats whose events only code can read, by service or by server."""
