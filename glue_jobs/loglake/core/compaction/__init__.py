"""Making few files of many in a settled partition: keys and decisions."""
