"""The calls of the Glue API that concern runs, and the changes of what runs."""
