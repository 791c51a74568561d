# ruff: noqa: E501 - one case a line
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.errors import BadSyntax
from rules.language import (
    COUNT,
    GREATEST,
    LARGEST_INTEGER,
    LEAST,
    OPERATORS,
    Aggregate,
    Atom,
    Comparison,
    Negation,
    Variable,
    parse_atom,
    parse_condition,
    term_text,
)

X = Variable("X")


@pytest.mark.parametrize(
    ("text", "value", "canonical"),
    [
        ("option(id: X, basis: indication)", Atom("option", (("id", X), ("basis", "indication"))), None),
        ("  option ( id :X ,basis:indication ) ", Atom("option", (("id", X), ("basis", "indication"))), "option(id: X, basis: indication)"),
        ("done()", Atom("done", ()), None),
        ("no finding(option: X, verdict: fail)", Negation(Atom("finding", (("option", X), ("verdict", "fail")))), None),
        ("no\nfinding(option: X)", Negation(Atom("finding", (("option", X),))), "no finding(option: X)"),
        ("node(x: 1)", Atom("node", (("x", 1),)), None),
        ("p(x: _)", Atom("p", (("x", Variable("_")),)), None),
        ("p(x: -2.50)", Atom("p", (("x", -2.5),)), "p(x: -2.5)"),
        ("p(x: 1e-12)", Atom("p", (("x", 1e-12),)), None),
        ("p(x: true, y: false)", Atom("p", (("x", True), ("y", False))), None),
        ("p(x: 'true', y: '1')", Atom("p", (("x", "true"), ("y", "1"))), None),
        ("p(x: 2024-01-31)", Atom("p", (("x", "2024-01-31"),)), None),
        ("p(x: any solid tumor)", Atom("p", (("x", "any solid tumor"),)), None),
        ("p(x: pd-l1/cps 22c3)", Atom("p", (("x", "pd-l1/cps 22c3"),)), None),
        ("p(x: 乳腺癌)", Atom("p", (("x", "乳腺癌"),)), None),
        ("p(x: 'NSCLC')", Atom("p", (("x", "NSCLC"),)), None),
        ('p(x: "5\'-UTR, (deep)")', Atom("p", (("x", "5'-UTR, (deep)"),)), r"p(x: '5\'-UTR, (deep)')"),
        (r"p(x: 'a\nb\\c')", Atom("p", (("x", "a\nb\\c"),)), None),
        ("p(x: '')", Atom("p", (("x", ""),)), None),
        ("Date <= Today", Comparison(Variable("Date"), "<=", Variable("Today")), None),
        ("X!='a(b)'", Comparison(X, "!=", "a(b)"), "X != 'a(b)'"),
        ("10 < X", Comparison(10, "<", X), None),
        ("'no x' = X", Comparison("no x", "=", X), None),
        ("N = count favorable(core: X)", Aggregate("N", "count", "", Atom("favorable", (("core", X),))), None),
        ("Best=least  L in p(x: L)", Aggregate("Best", "least", "L", Atom("p", (("x", Variable("L")),))), "Best = least L in p(x: L)"),
        ("B = greatest L in p(x: L, y: _)", Aggregate("B", "greatest", "L", Atom("p", (("x", Variable("L")), ("y", Variable("_"))))), None),
        ("X = count", Comparison(X, "=", "count"), None),
        ("X = least of all", Comparison(X, "=", "least of all"), None),
        ("X = 'count p(x: 1)'", Comparison(X, "=", "count p(x: 1)"), None),
    ],
)  # fmt: skip
def test_parses_and_prints_back(text: str, value: object, canonical: str | None) -> None:
    assert repr(parse_condition(text)) == repr(value)
    assert str(parse_condition(text)) == (canonical or text)


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("option(id: O", 12, "expected `,`"),
        ("option(id O)", 10, "expected `:`"),
        ("option(Id: O)", 7, "expected the name of a field"),
        ("Option(id: O)", 6, "this is neither an atom nor a comparison"),
        ("option(id: O, id: P)", 14, "field `id` is written twice"),
        ("option(id: )", 11, "a value is missing"),
        ("option(id: I-A)", 11, "`I-A` is neither a variable nor plain text"),
        ("option(id: 'x)", 11, "this quote is never closed"),
        (r"option(id: 'a\q')", 14, "unknown escape"),
        ("option(id: O) and more", 14, "unexpected text"),
        ("option(id: 9007199254740993)", 11, "this number is too large"),
        ("option(id: 1e999)", 11, "this number is too large"),
        ("X ~ Y", 2, "this is neither an atom nor a comparison"),
        ("X <", 3, "a value is missing"),
        ("", 0, "a value is missing"),
        ("no X < Y", 3, "expected the name of a predicate"),
        ("n = count p(x: X)", 0, "expected a variable for the result"),
        ("_ = count p(x: X)", 0, "expected a variable for the result"),
        ("N = least p(x: X)", 10, "expected a variable for what the least is of"),
        ("N = greatest _ in p(x: X)", 13, "expected a variable for what the greatest is of"),
        ("N = least X on p(x: X)", 11, "expected `in`"),
        ("N = count no p(x: X)", 13, "expected `(`"),
        ("N = count p(x: X) > 2", 18, "unexpected text"),
        ("N = most p(x: X)", 10, "unexpected text"),
    ],
)
def test_says_where_the_syntax_is_wrong(text: str, position: int, reason: str) -> None:
    with pytest.raises(BadSyntax) as caught:
        parse_condition(text)
    assert (caught.value.position, caught.value.reason) == (position, reason)
    assert caught.value.remedy in str(caught.value)


def test_a_conclusion_is_an_atom() -> None:
    with pytest.raises(BadSyntax):
        parse_atom("no option(id: x)")


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
terms = st.one_of(
    st.from_regex(r"[A-Z][A-Za-z0-9_]{0,5}", fullmatch=True).map(Variable),
    st.just(Variable("_")),
    st.booleans(),
    st.integers(-LARGEST_INTEGER, LARGEST_INTEGER),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.text(alphabet="abZ19 -_/.:+*%'\"\\(),\n"),
)
atoms = st.builds(Atom, names, st.lists(st.tuples(names, terms), unique_by=lambda f: f[0]).map(tuple))
variables = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,5}", fullmatch=True)
aggregates = st.builds(Aggregate, variables, st.just(COUNT), st.just(""), atoms) | st.builds(
    Aggregate, variables, st.sampled_from([LEAST, GREATEST]), variables, atoms
)
comparisons = st.builds(Comparison, terms, st.sampled_from(OPERATORS), terms)


@given(st.one_of(atoms, atoms.map(Negation), comparisons, aggregates))
def test_every_condition_reads_back_as_it_was_printed(condition: object) -> None:
    assert repr(parse_condition(str(condition))) == repr(condition)


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        condition = parse_condition(text)
    except BadSyntax as error:
        condition, place = None, error.position
    else:
        place = 0
    assert 0 <= place <= len(text)
    assert condition is None or parse_condition(str(condition)) == condition


@given(st.text())
def test_text_terms_keep_their_text(text: str) -> None:
    (_, term), = parse_atom(f"p(x: {term_text(text)})").fields  # fmt: skip
    assert term == text
