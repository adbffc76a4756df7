"""What to export when: windows, passes, and who gets the export slot next."""
