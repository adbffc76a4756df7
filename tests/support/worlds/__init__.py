"""Whole small worlds that pipelines run in, and what is put into them."""
