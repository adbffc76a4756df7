"""How well logs become columns: four scores over sets of events with known content."""
