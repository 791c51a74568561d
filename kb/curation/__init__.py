"""Curated evidence: items that people submit, what others decide on them, and the graph in which the accepted count."""
