"""What a fact, an absence or a firing says in a language: templates of the rules, with the values in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from rules.facts import Absence, Derivation, Fact, Value
from rules.language import Aggregate, Atom, Rule, RuleSet, Said, Variable, in_language
from rules.origin import site

Label = Callable[[str, Value], str]
"""The words for a value, given the name of the variable (or field) that holds it."""
WHATEVER = "_"
"""The value whose word stands where an absence leaves a field open."""
CHINESE = "zh"
Words = Mapping[str, str]
"""What the values of one field are called in one language."""


def plain(name: str, value: Value) -> str:
    """A value in words: 10.0 as `10`, truth as `true`.

    >>> plain("Tmb", 10.0), plain("Score", 0.25), plain("Germline", True), plain("Drug", "pyrotinib")
    ('10', '0.25', 'true', 'pyrotinib')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def sentence(template: str, bindings: Mapping[str, Value], label: Label = plain) -> str:
    """A rule's sentence with its variables filled in.

    >>> sentence("{Drug} is approved in {Country}", {"Drug": "pyrotinib", "Country": "CN"})
    'pyrotinib is approved in CN'
    """
    pieces, rest = _pieces(template)
    text = ""
    for before, name in pieces:
        text += before + (label(name, bindings[name]) if name in bindings else "{" + name + "}")
    return text + rest


@cache
def _pieces(template: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The text before each variable with its name, and the text after the last one."""
    pieces: list[tuple[str, str]] = []
    rest = template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        pieces.append((before, name))
    return tuple(pieces), rest


def closed_up(text: str) -> str:
    """Chinese text with no space between Chinese and Latin writing, as labels and guidelines set it; other text stays.

    >>> closed_up("自 2018-08-12 起在中国获批"), closed_up("level A"), closed_up("卡培他滨 + 吡咯替尼")
    ('自2018-08-12起在中国获批', 'level A', '卡培他滨 + 吡咯替尼')
    """
    return text if text.isascii() else re.sub(_SEAM, "", text)


_CHINESE = "\u4e00-\u9fff（），。；：、"
_SEAM = f"(?<=[{_CHINESE}]) (?=[A-Za-z0-9])|(?:(?<=[A-Za-z0-9%)*])|(?<=[A-Za-z0-9]\\+)) (?=[{_CHINESE}])"


def placeholders(template: str) -> tuple[str, ...]:
    """The names in the braces of a template that the checker passed.

    >>> placeholders("{drug} has no approval in {jurisdiction}")
    ('drug', 'jurisdiction')
    """
    return tuple(name for _, name in _pieces(template)[0])


def origins(rule: Rule) -> dict[str, tuple[tuple[str, str], ...]]:
    """For each variable of a rule the predicates and fields that its values come from, patterns before counts.

    >>> from rules.language import Rule, parse_atom
    >>> rule = Rule("r", (parse_atom("option(regimen: R)"), parse_atom("trial(regimen: R)")), parse_atom("ok(id: R)"))
    >>> origins(rule)
    {'R': (('option', 'regimen'), ('trial', 'regimen'))}
    """
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, predicate, field in _bound(rule):
        found[name] = (*found.get(name, ()), (predicate, field))
    return found


def _bound(rule: Rule) -> Iterator[tuple[str, str, str]]:
    for condition in rule.body:
        if isinstance(condition, Atom):
            for field, term in condition.fields:
                if isinstance(term, Variable) and not term.is_anonymous:
                    yield term.name, condition.predicate, field
    for condition in rule.body:
        if isinstance(condition, Aggregate):
            for field, term in condition.atom.fields:
                if isinstance(term, Variable) and term.name == condition.of:
                    yield condition.result, condition.atom.predicate, field


class Phrasing:
    """The templates and words of one rule set in one language, put together where they are first asked for."""

    def __init__(self, rules: RuleSet, lang: str) -> None:
        self.lang, self.predicates, self.vocabulary = lang, rules.predicates, rules.words
        self.rules = {rule.name: rule for rule in rules.rules}
        self._fields: dict[tuple[str, str], Words] = {}
        self._templates: dict[str, tuple[str, Mapping[str, Words]]] = {}
        self._of_rules: dict[str, tuple[str, Mapping[str, Words]]] = {}
        self._origins: dict[str, str] = {}

    def words(self, predicate: str, field: str) -> Words:
        """What the values of a predicate's field are called; values without a word are left out."""
        known = self._fields.get((predicate, field))
        if known is None:
            held = {**self.vocabulary.get(field, {}), **self.vocabulary.get(f"{predicate}.{field}", {})}
            texts = {value: _word(said, self.lang) for value, said in held.items()}
            known = self._fields[predicate, field] = {value: text for value, text in texts.items() if text}
        return known

    def says(self, predicate: str) -> tuple[str, Mapping[str, Words]]:
        """The template of what a fact of a predicate says, and the words of its fields; empty where there is none."""
        return self._template(predicate, predicate, is_absence=False)

    def absent(self, predicate: str) -> tuple[str, Mapping[str, Words]]:
        """The template of what an absence says, and the words of its fields; empty where there is none."""
        return self._template(f"no {predicate}", predicate, is_absence=True)

    def _template(self, key: str, predicate: str, *, is_absence: bool) -> tuple[str, Mapping[str, Words]]:
        known = self._templates.get(key)
        if known is None:
            declared = self.predicates[predicate]
            text = in_language(declared.absent if is_absence else declared.says, self.lang)
            words = {name: self.words(predicate, name) for name in placeholders(text)}
            known = self._templates[key] = text, {name: held for name, held in words.items() if held}
        return known

    def rule(self, name: str) -> tuple[str, Mapping[str, Words]]:
        """The template of a rule's sentence, and the words of the variables in it."""
        known = self._of_rules.get(name)
        if known is None:
            rule = self.rules[name]
            text = rule.sentence(self.lang)
            known = self._of_rules[name] = text, self._of_variables(rule, placeholders(text))
        return known

    def origin(self, name: str) -> str:
        """Whose rule it is where it is a site's; empty for one of the library."""
        known = self._origins.get(name)
        if known is None:
            known = self._origins[name] = site(self.rules[name], self.lang)
        return known

    def _of_variables(self, rule: Rule, names: tuple[str, ...]) -> dict[str, Words]:
        found: dict[str, Words] = {}
        for name, places in origins(rule).items() if names else ():
            held: dict[str, str] = {}
            for place in reversed(places):
                held.update(self.words(*place))
            if held and name in names:
                found[name] = held
        return found


def _word(said: Said, lang: str) -> str:
    texts = dict(said)
    return texts.get(lang) or texts.get("en") or ""


def phrasing(rules: RuleSet, lang: str) -> Phrasing:
    """The templates and words of a rule set in a language, made once for both."""
    found = rules.kept.get(lang)
    if not isinstance(found, Phrasing):
        found = rules.kept[lang] = Phrasing(rules, lang)
    return found


class Wording:
    """Puts facts, absences and firings of one rule set into words.

    A value that the rules have a word for is said by that; any other by `label`, which knows the names of this case.
    """

    def __init__(self, rules: RuleSet, lang: str = "en", label: Label = plain) -> None:
        self.phrasing, self.lang, self.label = phrasing(rules, lang), lang, label

    def fact(self, fact: Fact) -> str:
        """What a fact says; as it stands in the rules where its predicate does not say it."""
        template, words = self.phrasing.says(fact.predicate)
        return self._filled(template, words, dict(fact.fields)) if template else repr(fact)

    def absence(self, absence: Absence) -> str:
        """What the absence of a fact says; as it stands in the rules where its predicate does not say it.

        A field that the rule left open is said by the word of `_`, whatever value.
        """
        template, words = self.phrasing.absent(absence.predicate)
        bindings = dict(absence.fields)
        for name in placeholders(template):
            if name not in bindings:
                if WHATEVER not in words.get(name, {}):
                    return repr(absence)
                bindings[name] = WHATEVER
        return self._filled(template, words, bindings) if template else repr(absence)

    def derivation(self, derivation: Derivation) -> str:
        """What a firing says: its rule's sentence."""
        template, words = self.phrasing.rule(derivation.rule)
        return self._filled(template, words, dict(derivation.bindings))

    def signed(self, derivation: Derivation) -> str:
        """What a firing says; where the rule is a site's, whose it is."""
        origin = self.origin(derivation.rule)
        return f"{self.derivation(derivation)} [{origin}]" if origin else self.derivation(derivation)

    def origin(self, rule: str) -> str:
        """Whose rule it is where it is a site's; empty for one of the library."""
        return self.phrasing.origin(rule)

    def value(self, predicate: str, field: str, value: Value) -> str:
        """What one value of a predicate's field is called."""
        return self.phrasing.words(predicate, field).get(plain(field, value)) or self.label(field, value)

    def _filled(self, template: str, words: Mapping[str, Words], bindings: Mapping[str, Value]) -> str:
        text = sentence(template, bindings, self._label(words) if words else self.label)
        return closed_up(text) if self.lang == CHINESE else text

    def _label(self, words: Mapping[str, Words]) -> Label:
        def label(name: str, value: Value) -> str:
            return words.get(name, {}).get(plain(name, value)) or self.label(name, value)

        return label
