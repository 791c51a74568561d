"""The rule language as values, and the parser of its condition strings. Every value prints back what was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rules.errors import BadSyntax, Problem

TEXT, DATE, INTEGER, NUMBER, BOOLEAN, ENUMERATION = "string", "date", "integer", "number", "boolean", "enumeration"
TEXT_KINDS = frozenset({TEXT, DATE, ENUMERATION})
NUMBER_KINDS = frozenset({INTEGER, NUMBER})
LANGUAGES = ("en", "zh")
"""The languages of sentences: English and Chinese."""
Said = tuple[tuple[str, str], ...]
"""One text in several languages: language and text, sorted by language."""
OPERATORS = ("<=", ">=", "!=", "<", ">", "=")
LARGEST_INTEGER = 2**53
"""Integers beyond this are refused: up to here every evaluator compares them exactly with floats."""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}
_UNESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "'": "\\'"}


class Variable(NamedTuple):
    """A name that stands for a value; `_` stands for any value and is never bound."""

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def is_anonymous(self) -> bool:
        """Whether this is `_`."""
        return self.name == "_"


Term = str | int | float | bool | Variable


class Atom(NamedTuple):
    """A pattern over the facts of one predicate; fields it does not name may hold anything."""

    predicate: str
    fields: tuple[tuple[str, Term], ...]

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(f'{name}: {term_text(term)}' for name, term in self.fields)})"

    def variables(self) -> tuple[str, ...]:
        """The names of its variables in the order written, `_` left out, each as often as it occurs."""
        return tuple(t.name for _, t in self.fields if isinstance(t, Variable) and not t.is_anonymous)


class Negation(NamedTuple):
    """Holds when no fact fits the atom; variables that occur nowhere else mean `whatever their value`."""

    atom: Atom

    def __str__(self) -> str:
        return f"no {self.atom}"


class Comparison(NamedTuple):
    """Two terms and an operator; numbers compare as numbers, strings and ISO dates as text."""

    left: Term
    operator: str
    right: Term

    def __str__(self) -> str:
        return f"{term_text(self.left)} {self.operator} {term_text(self.right)}"

    def variables(self) -> tuple[str, ...]:
        """The names of its variables, left first, `_` included."""
        return tuple(term.name for term in (self.left, self.right) if isinstance(term, Variable))


class Aggregate(NamedTuple):
    """What all facts that fit an atom come to: their number, or the least or greatest value of the variable `of`.

    A `count` always holds, with 0 where none fits; `least` and `greatest` hold where some fact fits. Variables that no
    positive condition binds mean `whatever their value`, as in a negation.
    """

    result: str
    kind: str
    of: str
    atom: Atom

    def __str__(self) -> str:
        return f"{self.result} = {self.kind} {f'{self.of} in ' if self.of else ''}{self.atom}"


COUNT, LEAST, GREATEST = "count", "least", "greatest"
AGGREGATES = (COUNT, LEAST, GREATEST)

Condition = Atom | Negation | Comparison | Aggregate


class Field(NamedTuple):
    """One declared field: its kind, and for an enumeration the values it may hold."""

    name: str
    kind: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}: [{', '.join(self.values)}]" if self.kind == ENUMERATION else f"{self.name}: {self.kind}"


class Predicate(NamedTuple):
    """What may be said: a name and its fields, sorted by name. A `given` predicate's facts may come from outside.

    `says` are the templates of what a fact of it says, `absent` those of what the absence of one says.
    """

    name: str
    fields: tuple[Field, ...]
    doc: str = ""
    given: bool = False
    file: str = ""
    line: int = 0
    says: Said = ()
    absent: Said = ()

    def __str__(self) -> str:
        return f"{'given ' if self.given else ''}{self.name}({', '.join(map(str, self.fields))})"


class Rule(NamedTuple):
    """If all conditions hold, the conclusion does. `lines` are those of the conditions, then of the conclusion."""

    name: str
    body: tuple[Condition, ...]
    head: Atom
    says: Said = ()
    cites: tuple[str, ...] = ()
    overrides: bool = False
    file: str = ""
    line: int = 0
    lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        says = "".join(f"\nsays {language}: {text}" for language, text in self.says)
        cites = "".join(f"\ncites: {source}" for source in self.cites)
        conditions = "".join(f"\nif {condition}" for condition in self.body)
        return f"rule: {self.name}{says}{cites}{conditions}\nthen {self.head}"

    def positives(self) -> tuple[Atom, ...]:
        """The conditions that must be matched by facts, in the order written."""
        return tuple(c for c in self.body if isinstance(c, Atom))

    def negations(self) -> tuple[Atom, ...]:
        """The patterns that no fact may fit, in the order written."""
        return tuple(c.atom for c in self.body if isinstance(c, Negation))

    def aggregates(self) -> tuple[Aggregate, ...]:
        """The counts, leasts and greatests, in the order written."""
        return tuple(c for c in self.body if isinstance(c, Aggregate))

    def settled(self) -> tuple[Atom, ...]:
        """The patterns whose facts must all be known before the rule runs: of negations, then of aggregates."""
        return (*self.negations(), *(aggregate.atom for aggregate in self.aggregates()))

    def comparisons(self) -> tuple[Comparison, ...]:
        """The comparisons, in the order written."""
        return tuple(c for c in self.body if isinstance(c, Comparison))

    @property
    def digest(self) -> str:
        """`sha256:...` of the rule's own text: its name, sentences, sources, conditions and conclusion."""
        import hashlib

        return "sha256:" + hashlib.sha256(str(self).encode()).hexdigest()

    def sentence(self, language: str = "en") -> str:
        """Its template in a language; English, then any other, where that one is not written."""
        return in_language(self.says, language)


def in_language(said: Said, language: str) -> str:
    """The text in a language; English, then any other, where that one is not written; empty where none is."""
    texts = dict(said)
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


class Word(NamedTuple):
    """What one value of a field is called: `field` is `verdict`, or `finding.verdict` where it is of one predicate.

    The value `_` stands for whatever value, where an absence leaves the field open.
    """

    field: str
    value: str
    said: Said
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"word {self.field}: {term_text(self.value)}{''.join(f' {lang}: {text}' for lang, text in self.said)}"


Vocabulary = Mapping[str, Mapping[str, Said]]
"""The words of values: by field (`verdict`, or `finding.verdict`), then by value."""


def may_match(fact: Atom, pattern: Atom) -> bool:
    """Whether a conclusion can fit a pattern: same predicate, and no constant differs."""
    if fact.predicate != pattern.predicate:
        return False
    terms = dict(fact.fields)
    return not any(
        not isinstance(term, Variable) and not isinstance(terms[name], Variable) and term != terms[name]
        for name, term in pattern.fields
    )


OF_EACH = "of each rule"
"""The key under which a rule set keeps what is worked out of each rule alone, by kind and name: its parts share it."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules that passed the checker, with the predicates they speak of.

    `strata` holds indices into `rules`: each stratum negates and counts only what lower ones conclude. `digest`
    is `sha256:...` over the canonical text of rules, predicates and words; file names and comments do not change it.
    `kept` holds what readers of the set work out of it once.
    """

    rules: tuple[Rule, ...]
    predicates: Mapping[str, Predicate]
    strata: tuple[tuple[int, ...], ...]
    digest: str
    warnings: tuple[Problem, ...] = ()
    words: Vocabulary = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def rule(self, name: str) -> Rule:
        """The rule of this name; KeyError when there is none."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise KeyError(name)


def canonical_text(rules: tuple[Rule, ...], predicates: Mapping[str, Predicate], words: Iterable[Word] = ()) -> str:
    """The text that the digest is taken of: predicates with what they say, rules, then words, each sorted."""
    lines = []
    for name in sorted(predicates):
        predicate = predicates[name]
        lines.append(str(predicate))
        lines += [f"says {language}: {text}" for language, text in predicate.says]
        lines += [f"absent {language}: {text}" for language, text in predicate.absent]
    lines += sorted(str(rule) for rule in rules)
    lines += sorted(str(word) for word in words)
    return "\n".join(lines) + "\n"


def term_text(term: Term) -> str:
    """A term as it is written in a rule: quoted only where it must be.

    >>> term_text("on-label"), term_text("NSCLC"), term_text(0.5), term_text(True), term_text(Variable("Drug"))
    ('on-label', "'NSCLC'", '0.5', 'true', 'Drug')
    """
    if isinstance(term, Variable):
        return term.name
    if isinstance(term, bool):
        return "true" if term else "false"
    if isinstance(term, int | float):
        return repr(term)
    # A bare `no ...` at the start of a comparison would read as a negation.
    if _is_bare(term) and _number(term) is None and term not in ("true", "false") and not term.startswith("no "):
        return term
    return "'" + "".join(_UNESCAPES.get(c, c) for c in term) + "'"


def parse_condition(text: str) -> Condition:
    """The condition that a string writes; BadSyntax where it is none.

    >>> parse_condition("no finding(option: O, verdict: fail)")
    Negation(atom=Atom(predicate='finding', fields=(('option', Variable(name='O')), ('verdict', 'fail'))))
    >>> str(parse_condition("Date<=2024-01-31"))
    'Date <= 2024-01-31'
    >>> parse_condition("Best = least Level in favorable(core: Core, level: Level)").of
    'Level'
    """
    cursor = _Cursor(text)
    cursor.spaces()
    if cursor.starts("no") and cursor.text[cursor.at + 2 : cursor.at + 3].isspace():
        cursor.at += 2
        return Negation(cursor.atom_to_end())
    if cursor.looks_like_aggregate():
        return cursor.aggregate_to_end()
    if cursor.looks_like_atom():
        return cursor.atom_to_end()
    return cursor.comparison_to_end()


def parse_atom(text: str) -> Atom:
    """The atom that a string writes, such as a conclusion; BadSyntax where it is none."""
    return _Cursor(text).atom_to_end()


def is_name(text: str) -> bool:
    """Whether this can name a predicate or a field: a lower-case ASCII letter, then letters, digits, `_`."""
    return text[:1].isalpha() and text.isascii() and text == text.lower() and text.replace("_", "a").isalnum()


def is_variable_name(text: str) -> bool:
    """Whether this is a variable: an ASCII capital, then ASCII letters, digits, `_`; or `_` alone."""
    return text == "_" or (text.isascii() and text[:1].isupper() and text.replace("_", "a").isalnum())


def _is_bare(text: str) -> bool:
    # `title()` finds capitals of scripts that have them; ideographs have no case and may stand bare.
    return (
        bool(text)
        and text[0].isalnum()
        and not (text[0].isupper() or text[0].istitle())
        and text[-1] != " "
        and "  " not in text
        and all(c.isalnum() or c in _BARE_MARKS for c in text)
    )


_BARE_MARKS = " -_/.:+*%"


def _number(text: str) -> int | float | None:
    body = text.removeprefix("-")
    mantissa, exponent, power = body.replace("E", "e").partition("e")
    whole, point, part = mantissa.partition(".")
    if not (whole.isdigit() and body.isascii()) or (point and not part.isdigit()):
        return None
    if exponent and not power.removeprefix("-" if power.startswith("-") else "+").isdigit():
        return None
    return float(text) if point or exponent else int(text)


class _Cursor:
    """A place in a condition string; each method reads one thing and moves on."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def fail(self, reason: str, remedy: str, at: int | None = None) -> BadSyntax:
        return BadSyntax(self.text, self.at if at is None else at, reason, remedy)

    def starts(self, piece: str) -> bool:
        return self.text.startswith(piece, self.at)

    def spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def expect(self, mark: str, remedy: str) -> None:
        self.spaces()
        if not self.starts(mark):
            raise self.fail(f"expected `{mark}`", remedy)
        self.at += len(mark)

    def end(self) -> None:
        self.spaces()
        if self.at < len(self.text):
            raise self.fail("unexpected text", "write one condition per list item")

    def looks_like_atom(self) -> bool:
        bracket = self.text.find("(", self.at)
        return bracket >= 0 and is_name(self.text[self.at : bracket].strip())

    def looks_like_aggregate(self) -> bool:
        """Whether a word, `=`, and one of the kinds follow, and then some bracket: else it is a comparison."""
        before, _, rest = self.text[self.at :].partition("=")
        kind = rest.partition("(")[0].split()[:1]
        return "(" in rest and before.strip().isidentifier() and bool({*kind} & {*AGGREGATES})

    def aggregate_to_end(self) -> Aggregate:
        result = self.variable("the result")
        self.expect("=", "write `N = count predicate(...)`")
        kind = self.word()
        of = ""
        if kind != COUNT:
            of = self.variable(f"what the {kind} is of")
            remedy = f"write `{result} = {kind} {of} in predicate(field: {of}, ...)`"
            start = self.at
            if self.word() != "in":
                raise self.fail("expected `in`", remedy, start)
        return Aggregate(result, kind, of, self.atom_to_end())

    def variable(self, what: str) -> str:
        """A variable's name, which is not `_`."""
        self.spaces()
        start, word = self.at, self.word()
        if not is_variable_name(word) or word == "_":
            raise self.fail(f"expected a variable for {what}", "a variable starts with a capital letter", start)
        return word

    def word(self) -> str:
        """Letters, digits and `_`, as many as there are."""
        self.spaces()
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] == "_"):
            self.at += 1
        return self.text[start : self.at]

    def name(self, what: str) -> str:
        self.spaces()
        start, found = self.at, self.word()
        if not is_name(found):
            raise self.fail(f"expected the name of a {what}", "names are lower-case letters, digits and `_`", start)
        return found

    def atom_to_end(self) -> Atom:
        predicate = self.name("predicate")
        self.expect("(", "write `predicate(field: value, ...)`")
        fields: list[tuple[str, Term]] = []
        self.spaces()
        while not self.starts(")"):
            if fields:
                self.expect(",", "separate fields by commas, and quote text that holds brackets or other marks")
            self.spaces()
            start = self.at
            field = self.name("field")
            if any(field == name for name, _ in fields):
                raise self.fail(f"field `{field}` is written twice", "write each field once", start)
            self.expect(":", "write `field: value`")
            fields.append((field, self.term()))
            self.spaces()
        self.at += 1
        self.end()
        return Atom(predicate, tuple(fields))

    def comparison_to_end(self) -> Comparison:
        left = self.term()
        self.spaces()
        operator = next((o for o in OPERATORS if self.starts(o)), None)
        if operator is None:
            remedy = (
                "write `predicate(...)`, `no predicate(...)`, `N = count predicate(...)` or a comparison with one of "
            )
            remedy += ", ".join(OPERATORS)
            raise self.fail("this is neither an atom nor a comparison", remedy)
        self.at += len(operator)
        comparison = Comparison(left, operator, self.term())
        self.end()
        return comparison

    def term(self) -> Term:
        self.spaces()
        if self.starts("'") or self.starts('"'):
            return self.quoted()
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in _BARE_MARKS):
            self.at += 1
        return self.bare(self.text[start : self.at].rstrip(" "), start)

    def bare(self, word: str, start: int) -> Term:
        if word in ("true", "false"):
            return word == "true"
        if is_variable_name(word):
            return Variable(word)
        number = _number(word)
        if number is not None:
            if abs(number) > LARGEST_INTEGER if isinstance(number, int) else number in (float("inf"), float("-inf")):
                raise self.fail("this number is too large", f"integers go to {LARGEST_INTEGER} in size", start)
            return number
        if not word:
            raise self.fail("a value is missing", "write a variable, a number, true, false or text", start)
        if not _is_bare(word):
            raise self.fail(f"`{word}` is neither a variable nor plain text", f"quote it: '{word}'", start)
        return word

    def quoted(self) -> str:
        mark, start = self.text[self.at], self.at
        found: list[str] = []
        self.at += 1
        while not self.starts(mark):
            if self.at >= len(self.text):
                raise self.fail("this quote is never closed", f"close it with {mark}", start)
            c = self.text[self.at]
            if c == "\\":
                self.at += 1
                c = _ESCAPES.get(self.text[self.at : self.at + 1], "")
                if not c:
                    raise self.fail("unknown escape", r"known are \\ \' \" \n \r \t")
            found.append(c)
            self.at += 1
        self.at += 1
        return "".join(found)
