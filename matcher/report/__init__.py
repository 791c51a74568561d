"""Renderings of an answer, one file per form."""
