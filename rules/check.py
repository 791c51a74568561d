"""What is wrong with a set of rules before it ever runs. Build time only; nothing here is needed to run rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rules.check_set import idle_predicates, same_rules
from rules.check_words import template_variables, word_problems
from rules.errors import ERROR, WARNING, Problem
from rules.firing import holds, is_date
from rules.language import (
    BOOLEAN,
    COUNT,
    DATE,
    ENUMERATION,
    INTEGER,
    NUMBER,
    NUMBER_KINDS,
    TEXT,
    TEXT_KINDS,
    Aggregate,
    Atom,
    Comparison,
    Condition,
    Field,
    Negation,
    Predicate,
    Rule,
    Term,
    Variable,
    term_text,
)
from rules.problems import atoms, bindable, nearest, problem

if TYPE_CHECKING:
    import networkx as nx

MOST_CONDITIONS = 15
"""durable-rules keeps at most 16 facts in one match, and one of them is the run's own starting fact."""
MOST_FIELDS = 28
"""durable-rules keeps at most 32 properties of a fact, and four of them are taken."""


def check(
    rules: Sequence[Rule],
    predicates: Mapping[str, Predicate],
    doubtful: frozenset[str] | None = frozenset(),
    is_complete: bool = True,
) -> tuple[Problem, ...]:
    """Every problem of these rules, errors and warnings, by file and line.

    Rules that share a name, speak of unknown things, bind too little, contradict themselves, can never fire, or
    negate or count what they depend on.
    An empty answer (or warnings alone) means that the rules can be stratified and run.

    `doubtful` are predicates whose declaration is broken, so that rules which speak of them cannot be judged; None when
    a whole file of declarations may be missing. `is_complete` is false when some rule could not be read: then what
    depends on all of them is not judged.
    """
    found: list[Problem] = []
    found += _duplicate_rules(rules)
    for predicate in predicates.values():
        found += _predicate_problems(predicate)
    for rule in rules:
        found += _about(rule, predicates, doubtful)
    if is_complete and not any(p.severity == ERROR for p in found):
        found += _never_concluded(rules, predicates)
        found += _negative_cycles(rules)
        found += same_rules(rules)
        found += idle_predicates(rules, predicates)
    return tuple(sorted(found, key=lambda p: (p.file, p.line, p.rule, p.severity, p.message)))


def _about(rule: Rule, predicates: Mapping[str, Predicate], doubtful: frozenset[str] | None) -> Iterator[Problem]:
    """What is wrong with one rule by itself."""
    spoken = {atom.predicate for _, atom in atoms(rule)}
    is_known = spoken.isdisjoint(doubtful) if doubtful is not None else spoken <= predicates.keys()
    if rule.body and is_known:
        unknown = [*_unknown(rule, predicates)]
        yield from unknown
        if not unknown:
            yield from _types(rule, predicates)
            yield from _bindings(rule)
            yield from _aggregates(rule, predicates)
            yield from _contradictions(rule, predicates)
            yield from _idle_conditions(rule, predicates)
    yield from _size(rule)
    yield from word_problems(rule)


def strata(rules: Sequence[Rule]) -> tuple[tuple[int, ...], ...]:
    """Indices of the rules, lowest stratum first: a rule lies above all that conclude what it negates or counts.

    As few strata as possible; rules that depend on each other in no such way share one. Only for rules without a
    cycle through negation or counting.
    """
    import networkx as nx

    graph = _dependencies(rules)
    level: dict[str, int] = {}
    groups = nx.condensation(graph)
    for group in nx.topological_sort(groups):
        members = groups.nodes[group]["members"]
        incoming = [(a, b, d) for a, b, d in graph.in_edges(members, data=True) if a not in members]
        height = max((level[a] + d["negative"] for a, _, d in incoming), default=0)
        level.update(dict.fromkeys(members, height))
    heights = [level[rule.head.predicate] for rule in rules]
    return tuple(tuple(i for i, height in enumerate(heights) if height == wanted) for wanted in sorted(set(heights)))


def _idle_conditions(rule: Rule, predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """Conditions written twice, and conclusions that change nothing or stand among what is given."""
    seen: set[str] = set()
    for place, condition in enumerate(rule.body):
        if str(condition) in seen:
            yield problem(rule, place, f"`{condition}` is written twice", "remove one of them", WARNING)
        seen.add(str(condition))
    head = Atom(rule.head.predicate, tuple(sorted(rule.head.fields, key=lambda field: field[0])))
    if any(_implies(atom, head) for atom in rule.positives()):
        yield problem(
            rule, -1, "the rule concludes what it asks for", "it adds nothing: correct the conclusion", WARNING
        )
    if predicates[head.predicate].given:
        message = f"`{head.predicate}` is given, and what a rule concludes of it stands beside that"
        yield problem(
            rule, -1, message, "conclude a predicate of its own, so that a reader can tell them apart", WARNING
        )


def _duplicate_rules(rules: Sequence[Rule]) -> Iterator[Problem]:
    first: dict[str, Rule] = {}
    for rule in rules:
        if rule.name in first:
            other = first[rule.name]
            message = f"there is another rule `{rule.name}` at {other.file}:{other.line}"
            yield problem(rule, None, message, "rename one; a later folder may replace it with `overrides: true`")
        first.setdefault(rule.name, rule)


def _predicate_problems(predicate: Predicate) -> Iterator[Problem]:
    where = (predicate.file, predicate.name, predicate.line)
    if not predicate.fields:
        yield Problem(*where, f"predicate `{predicate.name}` has no fields", "declare at least one under `fields:`")
    if len(predicate.fields) > MOST_FIELDS:
        message = f"predicate `{predicate.name}` has {len(predicate.fields)} fields"
        yield Problem(*where, message, f"at most {MOST_FIELDS} can be matched: split it in two")
    for field in predicate.fields:
        if field.kind == ENUMERATION and len(set(field.values)) < max(1, len(field.values)):
            message = f"the values of field `{field.name}` are empty or repeat themselves"
            yield Problem(*where, message, "list each allowed value once")


def _unknown(rule: Rule, predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    for place, atom in atoms(rule):
        if atom.predicate not in predicates:
            message = f"unknown predicate `{atom.predicate}`"
            yield problem(rule, place, message, nearest(atom.predicate, predicates))
            continue
        declared = {field.name for field in predicates[atom.predicate].fields}
        for name, _ in atom.fields:
            if name not in declared:
                yield problem(rule, place, f"`{atom.predicate}` has no field `{name}`", nearest(name, declared))


def _size(rule: Rule) -> Iterator[Problem]:
    if not rule.body:
        yield problem(rule, None, "the rule has no condition", "write at least one under `if:`")
    if len(rule.positives()) > MOST_CONDITIONS:
        message = f"the rule matches {len(rule.positives())} facts at once"
        yield problem(rule, None, message, f"at most {MOST_CONDITIONS}: conclude a step in a rule of its own")


def _types(rule: Rule, predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """Constants that a field cannot hold, and variables that stand for things of different kinds."""
    bound: dict[str, list[Field]] = {}
    # What a pattern of a negation or an aggregate is held against is bound by any positive condition.
    for place, atom in sorted(atoms(rule), key=lambda each: not _is_positive(rule, each[0])):
        fields = {field.name: field for field in predicates[atom.predicate].fields}
        known = bound if _is_positive(rule, place) else {name: list(held) for name, held in bound.items()}
        for name, term in atom.fields:
            field = fields[name]
            if not isinstance(term, Variable):
                reason = _misfit(term, field)
                if reason:
                    yield problem(
                        rule, place, f"{reason} in field `{name}` of `{atom.predicate}`", _remedy(term, field)
                    )
            elif not term.is_anonymous and place != -1:
                first = known.setdefault(term.name, [])
                if first and _group(first[0].kind) != _group(field.kind):
                    message = f"variable {term} is {first[0].kind} elsewhere and {field.kind} in field `{name}`"
                    yield problem(rule, place, message, "use two variables")
                else:
                    first.append(field)
                if _disjoint(first, field):
                    message = f"variable {term} cannot be in the lists of both `{first[0].name}` and `{name}`"
                    yield problem(rule, place, message, "the rule can never fire: use two variables")
    for aggregate in rule.aggregates():
        bound.setdefault(aggregate.result, [_result_field(aggregate, predicates)])
    yield from _conclusion_types(rule, predicates, bound)
    yield from _comparison_types(rule, bound)


def _is_positive(rule: Rule, place: int) -> bool:
    return place != -1 and isinstance(rule.body[place], Atom)


def _result_field(aggregate: Aggregate, predicates: Mapping[str, Predicate]) -> Field:
    """What the result of an aggregate may be: a whole number, or what the field of its variable may hold."""
    names = [name for name, term in aggregate.atom.fields if isinstance(term, Variable) and term.name == aggregate.of]
    fields = {field.name: field for field in predicates[aggregate.atom.predicate].fields}
    return Field(aggregate.result, INTEGER) if aggregate.kind == COUNT or not names else fields[names[0]]


def _aggregates(rule: Rule, predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """Results that patterns use or that are given twice, and values of which there is no least."""
    bound = {name for atom in rule.positives() for name in atom.variables()}
    results: dict[str, int] = {}
    for place, condition in enumerate(rule.body):
        if not isinstance(condition, Aggregate):
            continue
        result, kind, of, atom = condition
        if result in results:
            yield problem(rule, place, f"{result} is already the result of another condition", "give it its own name")
        results[result] = place
        if kind == COUNT:
            continue
        written = f"`{kind} {of}`"
        if of not in atom.variables():
            yield problem(
                rule, place, f"{written} is of a variable that `{atom}` does not name", f"write `field: {of}` in it"
            )
        elif of in bound:
            message = f"{written} is of a variable that another condition binds to one value"
            yield problem(rule, place, message, "use another variable in the pattern")
        elif _result_field(condition, predicates).kind == BOOLEAN:
            yield problem(rule, place, f"{written} orders true and false", "count the facts with one of the values")
    for place, atom in atoms(rule):
        for name in dict.fromkeys(atom.variables() if place != -1 else ()):
            if name in results:
                message = f"{name} is the result of `{rule.body[results[name]]}` and cannot stand in a pattern"
                remedy = f"use another variable in the pattern, and compare it: `Other = {name}`"
                yield problem(rule, place, message, remedy)


def _conclusion_types(
    rule: Rule, predicates: Mapping[str, Predicate], bound: Mapping[str, Sequence[Field]]
) -> Iterator[Problem]:
    declared = predicates[rule.head.predicate].fields
    given = dict(rule.head.fields)
    for field in declared:
        term = given.get(field.name)
        if field.name not in given:
            message = f"the conclusion does not give field `{field.name}` of `{rule.head.predicate}`"
            yield problem(rule, -1, message, "a conclusion gives every declared field")
        elif isinstance(term, Variable) and term.name in bound and not _fits(bound[term.name], field):
            kinds = " and ".join(sorted({str(f.kind) for f in bound[term.name]}))
            wanted = f"one of {', '.join(field.values)}" if field.kind == ENUMERATION else field.kind
            message = (
                f"variable {term} is {kinds}, and field `{field.name}` of `{rule.head.predicate}` must be {wanted}"
            )
            yield problem(rule, -1, message, "bind it in a field of the same type")


def _comparison_types(rule: Rule, bound: Mapping[str, Sequence[Field]]) -> Iterator[Problem]:
    for place, comparison in enumerate(rule.body):
        if not isinstance(comparison, Comparison):
            continue
        groups = [_term_group(term, bound) for term in (comparison.left, comparison.right)]
        if None not in groups and groups[0] != groups[1]:
            message = f"`{comparison}` compares {groups[0]} with {groups[1]}"
            yield problem(rule, place, message, "compare like with like; quote a number that is meant as text")
        elif BOOLEAN in groups and comparison.operator not in ("=", "!="):
            yield problem(rule, place, f"`{comparison}` orders true and false", "use = or !=")
        for term, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
            if isinstance(term, Variable) and isinstance(other, str):
                for field in bound.get(term.name, ()):
                    if field.kind == ENUMERATION and other not in field.values and comparison.operator in ("=", "!="):
                        message = f"`{other}` is not a value of field `{field.name}`"
                        yield problem(rule, place, message, nearest(other, field.values))


def constant_problem(term: Term, field: Field) -> tuple[str, str] | None:
    """What keeps a field from holding a constant, and the remedy; None when it can hold it.

    >>> constant_problem("many", Field("count", INTEGER))
    ('many is no integer', 'write a value of type integer')
    """
    reason = _misfit(term, field)
    return (reason, _remedy(term, field)) if reason else None


def _misfit(term: Term, field: Field) -> str:
    """Why a field cannot hold a constant; empty when it can."""
    if field.kind == ENUMERATION:
        return "" if term in field.values and isinstance(term, str) else f"{term_text(term)} is not one of the values"
    if field.kind in (TEXT, DATE):
        right = isinstance(term, str)
    elif field.kind == BOOLEAN:
        right = isinstance(term, bool)
    else:
        right = isinstance(term, int if field.kind == INTEGER else (int, float)) and not isinstance(term, bool)
    if right and field.kind == DATE and not is_date(str(term)):
        return f"{term_text(term)} is no date"
    return "" if right else f"{term_text(term)} is no {field.kind}"


def _remedy(term: Term, field: Field) -> str:
    if field.kind == ENUMERATION:
        return nearest(term_text(term), field.values) if isinstance(term, str) else _quoted(term, field.values)
    if field.kind in TEXT_KINDS and not isinstance(term, str):
        return f"quote it: '{term_text(term)}'"
    if field.kind == DATE:
        return "write an ISO date such as 2024-01-31"
    return f"write a value of type {field.kind}"


def _quoted(term: Term, values: Sequence[str]) -> str:
    text = term_text(term)
    return f"quote it: '{text}'" if text in values else nearest(text, values)


def _group(kind: str) -> str:
    """What a kind compares as: text, number or boolean."""
    return "text" if kind in TEXT_KINDS else "a number" if kind in NUMBER_KINDS else BOOLEAN


def _term_group(term: Term, bound: Mapping[str, Sequence[Field]]) -> str | None:
    if isinstance(term, Variable):
        fields = bound.get(term.name)
        return _group(fields[0].kind) if fields else None
    if isinstance(term, bool):
        return BOOLEAN
    return "text" if isinstance(term, str) else "a number"


def _disjoint(bound: Sequence[Field], field: Field) -> bool:
    if field.kind != ENUMERATION:
        return False
    return any(f.kind == ENUMERATION and not set(f.values) & set(field.values) for f in bound)


def _fits(bound: Sequence[Field], field: Field) -> bool:
    """Whether every value that a variable can hold is one that the field can."""
    if field.kind == ENUMERATION:
        lists = [set(f.values) for f in bound if f.kind == ENUMERATION]
        return bool(lists) and set.intersection(*lists) <= set(field.values)
    if field.kind == TEXT:
        return any(f.kind in TEXT_KINDS for f in bound)
    if field.kind == NUMBER:
        return any(f.kind in NUMBER_KINDS for f in bound)
    return any(f.kind == field.kind for f in bound)


def _bindings(rule: Rule) -> Iterator[Problem]:
    """Variables of comparisons and of the conclusion that no condition binds, and others that look like slips."""
    bound = bindable(rule)
    remedy = "bind it in a condition that is neither a comparison nor a negation"
    for place, condition in enumerate(rule.body):
        names = condition.variables() if isinstance(condition, Comparison) else ()
        for name in dict.fromkeys(names):
            if name not in bound:
                yield problem(rule, place, f"variable {name} is unbound in `{condition}`", remedy)
    for field, term in rule.head.fields:
        if isinstance(term, Variable) and term.name not in bound:
            yield problem(rule, -1, f"variable {term} of the conclusion's field `{field}` is unbound", remedy)
    yield from _slips(rule, bound)


def _slips(rule: Rule, bound: set[str]) -> Iterator[Problem]:
    uses: list[tuple[int, str]] = []
    for place, condition in enumerate(rule.body):
        uses += [(place, name) for name in _names(condition) if name != "_"]
    uses += [(-1, name) for name in rule.head.variables()]
    said = {name for _, text in rule.says for name in template_variables(text)[0]}
    names = [name for _, name in uses]
    for name in dict.fromkeys(names):
        places = [place for place, other in uses if other == name]
        if name not in bound and len(set(places)) > 1 and -1 not in places:
            message = f"variable {name} occurs only in negations or counts, and may differ from one to the next"
            remedy = "bind it in a positive condition, or conclude the pattern in a rule of its own and negate that"
            yield problem(rule, places[0], message, remedy, WARNING)
    for place, name in uses:
        alone_in_no = name not in bound and isinstance(rule.body[place], Negation | Aggregate)
        if names.count(name) == 1 and name not in said and (name in bound or alone_in_no):
            message = f"variable {name} is used only once"
            yield problem(rule, place, message, "correct its spelling, or write `_` or leave the field out", WARNING)


def _names(condition: Condition) -> tuple[str, ...]:
    """The variables of a condition, each as often as it stands there."""
    if isinstance(condition, Aggregate):
        return (condition.result, *((condition.of,) if condition.of else ()), *condition.atom.variables())
    return condition.atom.variables() if isinstance(condition, Negation) else condition.variables()


def _contradictions(rule: Rule, predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """Comparisons that cannot hold together, and negations of what the rule itself requires."""
    remedy = "the rule can never fire: remove or correct one of them"
    counts = [aggregate.result for aggregate in rule.aggregates() if aggregate.kind == COUNT]
    limits: dict[Term, list[tuple[str, Term]]] = {Variable(name): [(">=", 0)] for name in counts}
    for place, comparison in enumerate(rule.body):
        if not isinstance(comparison, Comparison):
            continue
        left, operator, right = comparison
        if not isinstance(left, Variable):
            left, operator, right = right, _SWAPPED[operator], left
        if left == right and type(left) is type(right):
            clash = operator not in ("=", "<=", ">=")
        elif not isinstance(left, Variable):
            clash = not _holds_safely(left, operator, right)
        else:
            earlier = limits.setdefault(left, [])
            clash = any(_clash(one, (operator, right)) for one in earlier)
            earlier.append((operator, right))
        if clash:
            yield problem(rule, place, f"`{comparison}` cannot hold (with the other comparisons)", remedy)
    positives = _required(rule)
    for place, condition in enumerate(rule.body):
        if isinstance(condition, Negation) and any(_implies(atom, condition.atom) for atom in positives):
            yield problem(rule, place, f"`{condition}` denies what another condition requires", remedy)


def _required(rule: Rule) -> tuple[Atom, ...]:
    """The patterns that some fact must fit if the rule is to fire."""
    return (*rule.positives(), *(each.atom for each in rule.aggregates() if each.kind != COUNT))


_SWAPPED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _holds_safely(left: Term, operator: str, right: Term) -> bool:
    """As `holds`, and true for values that cannot be compared: that is reported elsewhere."""
    try:
        return holds(left, operator, right)
    except TypeError:
        return True


def _clash(one: tuple[str, Term], other: tuple[str, Term]) -> bool:
    """Whether nothing can satisfy both limits on one variable."""
    (operator, value), (operator2, value2) = one, other
    if isinstance(value, Variable) or isinstance(value2, Variable):
        return value == value2 and (operator, operator2) in _OPPOSITES
    if operator == "=":
        return not _holds_safely(value, operator2, value2)
    if operator2 == "=":
        return not _holds_safely(value2, operator, value)
    if operator[0] == ">":
        (operator, value), (operator2, value2) = other, one
    if operator[0] != "<" or operator2[0] != ">":
        return False
    return not _holds_safely(value2, "<=" if operator == "<=" and operator2 == ">=" else "<", value)


_OPPOSITES = {
    (a, b)
    for a, bs in {
        "=": ("!=", "<", ">"),
        "!=": ("=",),
        "<": ("=", ">", ">="),
        ">": ("=", "<", "<="),
        "<=": (">",),
        ">=": ("<",),
    }.items()
    for b in bs
}


def _implies(atom: Atom, denied: Atom) -> bool:
    """Whether every fact that fits `atom` fits `denied` too."""
    required = dict(atom.fields)
    return atom.predicate == denied.predicate and all(
        (isinstance(term, Variable) and term.is_anonymous) or (name in required and _same(required[name], term))
        for name, term in denied.fields
    )


def _same(one: Term, other: Term) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _never_concluded(rules: Sequence[Rule], predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """Rules that wait for facts which nothing gives or concludes, and negations of such facts."""
    possible = {name for name, predicate in predicates.items() if predicate.given}
    grew = True
    while grew:
        able = {r.head.predicate for r in rules if all(a.predicate in possible for a in _required(r))}
        grew = not able <= possible
        possible |= able
    for rule in rules:
        for place, condition in enumerate(rule.body):
            if isinstance(condition, Comparison):
                continue
            atom = condition if isinstance(condition, Atom) else condition.atom
            severity, outcome = _outcome(condition)
            if atom.predicate not in possible:
                message = f"nothing gives or concludes `{atom.predicate}`: {outcome}"
                yield problem(rule, place, message, "declare it `given: true` or write a rule for it", severity)
            elif not _some_rule_fits(atom, rules, predicates):
                message = f"no rule concludes `{atom}`: {outcome}"
                yield problem(rule, place, message, "compare its constants with the conclusions of the rules", severity)


def _outcome(condition: Condition) -> tuple[str, str]:
    """How bad it is, and what it means, that no fact can ever fit the pattern of a condition."""
    if isinstance(condition, Negation):
        return WARNING, "the negation always holds"
    if isinstance(condition, Aggregate) and condition.kind == COUNT:
        return WARNING, "the count is always 0"
    return ERROR, "the rule can never fire"


def _some_rule_fits(atom: Atom, rules: Sequence[Rule], predicates: Mapping[str, Predicate]) -> bool:
    if predicates[atom.predicate].given:
        return True
    wanted = {name: term for name, term in atom.fields if not isinstance(term, Variable)}
    for rule in rules:
        if rule.head.predicate == atom.predicate:
            concluded = {name: term for name, term in rule.head.fields if not isinstance(term, Variable)}
            if all(concluded[name] == term for name, term in wanted.items() if name in concluded):
                return True
    return False


def _dependencies(rules: Sequence[Rule]) -> nx.DiGraph[str]:
    """Predicates, with an edge from each condition's to the conclusion's, marked where it must be settled before."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    for rule in rules:
        graph.add_node(rule.head.predicate)
        for condition in rule.body:
            if isinstance(condition, Comparison):
                continue
            negative = not isinstance(condition, Atom)
            name = condition.predicate if isinstance(condition, Atom) else condition.atom.predicate
            known = graph.get_edge_data(name, rule.head.predicate) or {"negative": 0}
            graph.add_edge(name, rule.head.predicate, negative=max(known["negative"], int(negative)))
    for name in graph.nodes:
        graph.nodes[name]["name"] = name
    return graph


def _negative_cycles(rules: Sequence[Rule]) -> Iterator[Problem]:
    """One problem for each negation or count that its own rule's conclusion leads back to, naming the way round."""
    import networkx as nx

    graph = _dependencies(rules)
    for rule in rules:
        for place, condition in enumerate(rule.body):
            if not isinstance(condition, Negation | Aggregate):
                continue
            source, target = condition.atom.predicate, rule.head.predicate
            if source in graph and nx.has_path(graph, target, source):
                asked, through, done = ("no", "negation", "negated")
                if isinstance(condition, Aggregate):
                    asked, through, done = (condition.kind, f"`{condition.kind}`", "counted or compared")
                way = " -> ".join([*nx.shortest_path(graph, target, source), f"{asked} {source}", target])
                remedy = f"split the predicate: what is {done} must be settled before"
                yield problem(rule, place, f"cycle through {through}: {way}", remedy)
