"""AWS's protocols: how calls are named, read, checked and answered."""
