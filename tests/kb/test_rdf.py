"""Turtle and N-Quads that come back as they went in."""

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from kb import terms as t
from kb.rdf import digest, iri, quads, text, turtle, typed

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20) | st.sampled_from(
    ["a^^<b", "a^^<b>", '"', "\\", "x\ny", "true", "1", "@en"]
)
OBJECTS = (
    TEXTS.map(text)
    | TEXTS.map(lambda value: text(value, "zh"))
    | st.builds(typed, st.sampled_from(["1", "x", "true", "-7", "0"]), st.sampled_from(["integer", "boolean", "date"]))
    | TEXTS.map(lambda value: iri(t.item("gene", value or "A")))
)


@given(st.lists(OBJECTS, max_size=6))
def test_turtle_says_what_it_was_given(objects):
    triples = [("<a:s>", "<a:p>", value) for value in objects]
    read = {str(quad.object) for quad in ox.parse(turtle(triples), format=ox.RdfFormat.TURTLE)}
    lines = "\n".join(quads(triples, "a:g"))
    assert read == {str(quad.object) for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS)}
    assert len(read) == len(set(objects))


@given(st.permutations(["<a:s> <a:p> <a:a> .", "<a:s> <a:p> <a:b> .", "<a:s> <a:p> <a:c> ."]))
def test_the_order_of_lines_does_not_matter(lines):
    assert digest(lines) == digest(sorted(lines))
