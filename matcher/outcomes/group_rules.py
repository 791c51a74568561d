"""A study file's `eligible` and `groups` as rules: checked as all rules are, with file, rule and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kb.alteration import Place
from matcher.notes import UnusableInput
from matcher.outcomes.criteria import CRITERIA
from matcher.outcomes.study import Keys
from rules.errors import BadSyntax, Problem, RuleProblems
from rules.language import (
    LANGUAGES,
    Atom,
    Comparison,
    Predicate,
    Rule,
    RuleSet,
    Said,
    Variable,
    parse_condition,
)

if TYPE_CHECKING:
    from matcher.outcomes.study import Study
    from matcher.readers.tree import Value

SHARED = Path(__file__).with_name("study_rules.yaml")
"""The rules that every study shares, and the predicates of criteria."""

THE_STUDY = "the study"
"""What stands in the place of a group where a rule is about who is eligible."""

OPEN = ("not tested", "equivocal", "unknown")
"""Statuses of a criterion that decide nothing."""

WAY_KEYS = ("says", "doc", "if", "ways")
GROUP_KEYS = ("name", "doc", "scheme", "says", "if", "ways", "otherwise", "order")


class Way(NamedTuple):
    """A set of criteria of which all must be met; `lines` are those of the criteria in the study file."""

    says: Said
    criteria: tuple[Atom, ...]
    lines: tuple[int, ...]
    line: int


class Group(NamedTuple):
    """A study group: its regimens, and the ways in which its criteria can be met; none of a group of the others."""

    name: str
    doc: str
    scheme: tuple[tuple[str, ...], ...]
    ways: tuple[Way, ...]
    otherwise: bool
    says: Said
    place: Place


class Plan(NamedTuple):
    """A study's groups in their order of precedence, who is eligible, and the rules that both come to."""

    study: str
    eligible: tuple[Way, ...]
    groups: tuple[Group, ...]
    rules: RuleSet
    path: Path

    def group(self, name: str) -> Group:
        """The group of this name; KeyError for one that the study does not have."""
        return {each.name: each for each in self.groups}[name]

    def ways(self, of: str) -> tuple[Way, ...]:
        """The ways of a group, or of eligibility (`THE_STUDY`)."""
        return self.eligible if of == THE_STUDY else self.group(of).ways

    def criteria(self) -> Iterator[tuple[Atom, Place]]:
        """Every criterion of the file, with its place."""
        for way in (*self.eligible, *(way for group in self.groups for way in group.ways)):
            for atom, line in zip(way.criteria, way.lines, strict=True):
                yield atom, Place(self.path.name, line)


_PLANS: dict[str, Plan] = {}
"""Plans that were made, by the digests of their files: a study has many patients."""


def plan_of(study: Study) -> Plan:
    """The study's groups with their rules.

    UnusableInput for a part that is not as a study file has it; RuleProblems, with rule and line, for criteria that
    are not.
    """
    found = _PLANS.get(study.digest) if study.digest else None
    if found is None or found.path != study.path:
        found = _PLANS[study.digest] = _plan(study)
    return found


def _plan(study: Study) -> Plan:
    from rules.load import assembled
    from rules.source import Written, read

    shared = read(SHARED, SHARED.read_bytes())
    reader = _Reader(study, {each.name: each for each in shared.predicates})
    eligible = reader.eligible()
    groups = reader.groups()
    if reader.problems:
        raise RuleProblems(sorted(reader.problems, key=lambda each: each.line))
    ways = ((THE_STUDY, eligible), *((group.name, group.ways) for group in groups))
    own = Written(rules=[rule for of, each in ways for rule in _rules(of, each, reader)])
    return Plan(study.name, eligible, groups, assembled([[shared], [own]]), study.path)


class _Reader:
    """Reads the groups of one study file; what is wrong with its criteria is kept as problems of rules."""

    def __init__(self, study: Study, predicates: dict[str, Predicate]) -> None:
        self.study, self.predicates = study, predicates
        self.problems: list[Problem] = []
        self.rule = ""

    def eligible(self) -> tuple[Way, ...]:
        """The ways to be eligible; none where the file says nothing of it."""
        if self.study.eligible is None:
            return ()
        self.rule = "eligible"
        return self._ways(Keys(self.study.path, self.study.eligible, WAY_KEYS))

    def groups(self) -> tuple[Group, ...]:
        """The groups in their order of precedence."""
        if self.study.groups is None:
            return ()
        content = self.study.groups.content
        found = [self._group(each) for each in (content if isinstance(content, tuple) else (self.study.groups,))]
        self._refuse_unclear(found)
        return tuple(group for _, group in sorted(found, key=lambda each: each[0] or 0))

    def _group(self, value: Value) -> tuple[int | None, Group]:
        keys = Keys(self.study.path, value, GROUP_KEYS)
        name = keys.text("name")
        if name is None or name == THE_STUDY or {"{", "}"} & set(name):
            raise keys.wrong(value, f"a group has no name, or {name!r}", "write name: HER2 kept")
        self.rule = name
        otherwise = self._truth(keys)
        if otherwise and (keys.value("if") or keys.value("ways")):
            remedy = "leave `if` out: it takes the patients whom no other group takes"
            raise keys.wrong(value, f"the group {name!r} has criteria and `otherwise`", remedy)
        scheme = tuple(tuple(part.strip() for part in text.split("+")) for text in keys.texts("scheme"))
        if any(not part for regimen in scheme for part in regimen):
            raise keys.wrong(keys.mapping["scheme"], "a regimen with an empty part", "write scheme: [drug + drug]")
        ways = () if otherwise else self._ways(keys)
        place = Place(self.study.path.name, value.row)
        group = Group(name, keys.text("doc") or "", scheme, ways, otherwise, self._said(keys), place)
        return keys.whole("order", 0, 1000), group

    def _truth(self, keys: Keys) -> bool:
        text = keys.text("otherwise")
        if text not in {None, "true", "false", "yes", "no"}:
            raise keys.wrong(keys.mapping["otherwise"], f"otherwise {text!r}", "write otherwise: true")
        return text in {"true", "yes"}

    def _refuse_unclear(self, found: list[tuple[int | None, Group]]) -> None:
        """An order that is not one, names that are the same, and more than one group of the others."""
        orders = [order for order, _ in found]
        names = [group.name for _, group in found]
        for group in (each for _, each in found):
            if names.count(group.name) > 1:
                raise UnusableInput(group.place, f"two groups are named {group.name!r}", "give each its own name")
        if any(order is not None for order in orders) and (None in orders or len(set(orders)) < len(orders)):
            remedy = "give each group its own order, or none"
            raise UnusableInput(found[0][1].place, "the order of the groups is not clear", remedy)
        for _, group in sorted(found, key=lambda each: each[0] or 0)[:-1]:
            if group.otherwise:
                raise UnusableInput(group.place, f"{group.name!r} takes who is left", "put it last in the order")

    def _ways(self, keys: Keys) -> tuple[Way, ...]:
        if keys.value("ways") is None:
            return (self._way(keys),)
        if keys.value("if") is not None:
            raise keys.wrong(keys.mapping["ways"], "both `if` and `ways`", "write one of the two")
        return tuple(self._way(Keys(self.study.path, each, ("says", "doc", "if"))) for each in keys.items("ways"))

    def _way(self, keys: Keys) -> Way:
        items = keys.items("if")
        if not items:
            raise keys.wrong(keys.top, f"no criteria are given for {self.rule!r}", "write if: and a list of criteria")
        read = [(self._criterion(each), each.row) for each in items]
        good = [(atom, line) for atom, line in read if atom is not None]
        return Way(self._said(keys), tuple(a for a, _ in good), tuple(line for _, line in good), keys.top.row)

    def _said(self, keys: Keys) -> Said:
        value = keys.value("says")
        if value is None:
            return ()
        if isinstance(value.content, str):
            return (("en", " ".join(value.content.split())),)
        said = keys.texts_by_name("says")
        for language, _ in said:
            if language not in LANGUAGES:
                raise keys.wrong(value, f"unknown language {language!r}", f"write {' and '.join(LANGUAGES)}")
        return tuple(sorted(said))

    def _criterion(self, value: Value) -> Atom | None:
        """A criterion: a statement about the patient with constants alone, and a status that can be known."""
        if not isinstance(value.content, str):
            return self._bad(value, "a criterion is no text", "write one criterion per list item")
        try:
            atom = parse_condition(value.content)
        except BadSyntax as error:
            return self._bad(value, f"{error.reason} in `{value.content}`", error.remedy)
        if not isinstance(atom, Atom):
            remedy = "name the status that is asked for, such as `status: absent`: not tested is not absent"
            return self._bad(value, f"`{atom}` is no statement about the patient", remedy)
        return self._sound(atom, value)

    def _sound(self, atom: Atom, value: Value) -> Atom | None:
        from rules.check import constant_problem
        from rules.problems import nearest

        if atom.predicate not in CRITERIA:
            return self._bad(value, f"unknown predicate `{atom.predicate}`", nearest(atom.predicate, CRITERIA))
        declared = {each.name: each for each in self.predicates[atom.predicate].fields}
        asked = (*CRITERIA[atom.predicate].asked, "status")
        for name, term in atom.fields:
            if name not in asked:
                return self._bad(value, f"`{atom.predicate}` has no field `{name}`", nearest(name, asked))
            if isinstance(term, Variable):
                return self._bad(value, f"`{name}` is the variable {term}", f"write a value, in quotes: '{term}'")
        missing = [name for name in asked if name not in dict(atom.fields)]
        if missing:
            return self._bad(value, f"`{atom.predicate}` asks for no `{missing[0]}`", f"write {missing[0]}: ...")
        for name, term in atom.fields:
            wrong = constant_problem(term, declared[name])
            if wrong is not None:
                return self._bad(value, f"{wrong[0]} in field `{name}` of `{atom.predicate}`", wrong[1])
        status = dict(atom.fields)["status"]
        if status in OPEN:
            remedy = f"write one of {', '.join(_definite(declared['status'].values))}"
            return self._bad(value, f"the status {status} decides nothing", remedy)
        return atom

    def _bad(self, value: Value, message: str, remedy: str) -> Atom | None:
        self.problems.append(Problem(str(self.study.path), self.rule, value.row, message, remedy))
        return None


def _definite(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in values if each not in OPEN)


def rule_name(text: str) -> str:
    """A text as the name of a rule: letters and digits, joined by `-`.

    >>> rule_name("PI3K/AKT/mTOR altered")
    'PI3K-AKT-mTOR-altered'
    """
    return "-".join("".join(c if c.isalnum() else " " for c in text).split())


def _rules(of: str, ways: tuple[Way, ...], reader: _Reader) -> Iterator[Rule]:
    """The rules of a group: for each way that it is met, and of each criterion that it is not met, or not known."""
    name = "eligible" if of == THE_STUDY else rule_name(of)
    for number, way in enumerate(ways, start=1):
        own = name if len(ways) == 1 else f"{name}.{number}"
        yield _rule(own, way.criteria, Atom("met", (("of", of), ("number", number))), way.says, way, way.lines, reader)
        for part, atom in enumerate(way.criteria):
            line = (way.lines[part],)
            values = next(f.values for f in reader.predicates[atom.predicate].fields if f.name == "status")
            fields = (("of", of), ("number", number), ("part", part + 1))
            wanted = str(dict(atom.fields)["status"])
            body = _with_other_status(atom, (wanted, *(each for each in values if each in OPEN)))
            yield _rule(f"{own}-not-{part + 1}", body, Atom("not_met", fields), _NOT_MET, way, line, reader)
            body = _with_other_status(atom, _definite(values))
            yield _rule(f"{own}-open-{part + 1}", body, Atom("unsettled", fields), _UNSETTLED, way, line, reader)


_NOT_MET: Said = (("en", "a criterion is not met"), ("zh", "有一项条件不符合"))
_UNSETTLED: Said = (("en", "a criterion is not known"), ("zh", "有一项条件不明"))
_SAYS: Said = (("en", "its criteria are met"), ("zh", "符合其条件"))


def _with_other_status(atom: Atom, others: tuple[str, ...]) -> tuple[Atom | Comparison, ...]:
    status = Variable("Status")
    fields = tuple((name, status if name == "status" else term) for name, term in atom.fields)
    return (Atom(atom.predicate, fields), *(Comparison(status, "!=", each) for each in others))


def _rule(
    name: str,
    body: tuple[Atom | Comparison, ...],
    head: Atom,
    says: Said,
    way: Way,
    lines: tuple[int, ...],
    reader: _Reader,
) -> Rule:
    path = reader.study.path
    first = lines[0]
    placed = lines if len(lines) == len(body) else tuple(first for _ in body)
    return Rule(
        f"{rule_name(reader.study.name)}.{name}",
        body,
        head,
        says or _SAYS,
        (f"protocol {reader.study.protocol or reader.study.name}",),
        False,
        str(path),
        way.line,
        (*placed, way.line),
    )
