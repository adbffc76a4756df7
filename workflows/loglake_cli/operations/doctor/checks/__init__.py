"""What is checked, a module per theme."""
