"""Gherkin scenarios as a board's own checks of a graph: which of them move when the graph changes.

`matcher.scenarios.moved` compares two graphs, `matcher.scenarios.ground` gives a scenario's steps the graph that is
under test, and `matcher.scenarios.plugin` is what pytest runs them with.
"""
