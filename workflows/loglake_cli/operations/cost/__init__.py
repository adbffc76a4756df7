"""What a deployment costs: an estimate from written-down assumptions, and what AWS says it used."""
