"""How well logs become columns: four scores over sets of events of which it is known what is in them."""
