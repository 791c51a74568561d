"""What is wrong with words: names, sentences and sources of rules, what facts say, and the words of values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from rules.errors import ERROR, WARNING, Problem
from rules.language import BOOLEAN, ENUMERATION, LANGUAGES, NUMBER_KINDS, Field, Predicate, Rule, Said, Word
from rules.problems import bindable, nearest, problem


def word_problems(rule: Rule) -> Iterator[Problem]:
    """Every problem of a rule's name, sentences and citations."""
    yield from _name(rule)
    yield from _sentences(rule)
    yield from _citations(rule)


def _name(rule: Rule) -> Iterator[Problem]:
    odd = next((c for c in rule.name if not c.isalnum() and c not in "-_."), "")
    if not rule.name:
        yield problem(rule, None, "the rule's name is empty", "give it a name such as `her2-low-in-breast`")
    elif odd:
        message = f"the rule's name holds {'a blank' if odd.isspace() else f'`{odd}`'}"
        yield problem(rule, None, message, "use letters, digits, `-`, `_` and `.` only")


def template_variables(text: str) -> tuple[tuple[str, ...], str]:
    """The variables that a sentence names in braces, and what is wrong with its braces (empty when nothing is).

    >>> template_variables("{Drug} is approved in {Country}")
    (('Drug', 'Country'), '')
    """
    names: list[str] = []
    rest = text
    while "{" in rest or "}" in rest:
        before, _, rest = rest.partition("{")
        name, closing, rest = rest.partition("}")
        if "}" in before or not closing or not name.isidentifier():
            return tuple(names), "a brace that does not enclose a variable"
        names.append(name)
    return tuple(names), ""


def _sentences(rule: Rule) -> Iterator[Problem]:
    bound = bindable(rule)
    if not any(text.strip() for _, text in rule.says):
        yield problem(rule, None, "the rule has no sentence", 'write `says: "..."`, with variables in braces')
    else:
        yield from _languages(rule)
    for language, text in rule.says:
        names, fault = template_variables(text)
        if fault:
            yield problem(rule, None, f"the sentence ({language}) has {fault}", "write {Variable}")
        for name in names:
            if name not in bound:
                message = f"the sentence ({language}) names {{{name}}}, which no condition binds"
                yield problem(rule, None, message, nearest(name, bound))


def template_problems(said: Said, known: Collection[str]) -> Iterator[tuple[str, str, str, str]]:
    """What is wrong with what a predicate's facts say: the text, what is wrong, the remedy, the severity.

    >>> [message for _, message, _, _ in template_problems((("en", "{drug} in {country}"),), {"drug", "place"})]
    ['the sentence (en) names {country}, which is no field']
    """
    named = {language: template_variables(text) for language, text in said}
    for language, text in said:
        names, fault = named[language]
        if fault:
            yield text, f"the sentence ({language}) has a brace that does not enclose a field", "write {field}", ERROR
        for name in names:
            if name not in known:
                message = f"the sentence ({language}) names {{{name}}}, which is no field"
                yield text, message, nearest(name, known), ERROR
        others = {name for other, _ in named.values() for name in other}
        for name in sorted(others.difference(names)):
            message = f"the sentence ({language}) does not name {{{name}}}, which another language's does"
            yield text, message, "name the same fields in each", WARNING


def vocabulary_problems(words: Iterable[Word], predicates: Mapping[str, Predicate]) -> Iterator[Problem]:
    """Words of fields that no predicate has, or of values that the field cannot hold."""
    fields: dict[str, list[Field]] = {}
    for predicate in predicates.values():
        for field in predicate.fields:
            fields.setdefault(field.name, []).append(field)
            fields[f"{predicate.name}.{field.name}"] = [field]
    for word in words:
        fault, remedy = _word_fault(word, fields)
        if fault:
            yield Problem(word.file, word.field, word.line, fault, remedy)


def _word_fault(word: Word, fields: Mapping[str, list[Field]]) -> tuple[str, str]:
    """What is wrong with where a word is meant to stand, and the remedy; empty when nothing is."""
    found = fields.get(word.field)
    if found is None:
        return f"words are given for `{word.field}`, which is a field of no predicate", nearest(word.field, fields)
    held = [field for field in found if field.kind not in NUMBER_KINDS]
    if not held:
        return f"`{word.field}` holds numbers", "words are for texts and truth values: remove them"
    allowed = {value for field in held for value in field.values}
    if any(field.kind == BOOLEAN for field in held):
        allowed |= {"true", "false"}
    is_closed = all(field.kind in (BOOLEAN, ENUMERATION) for field in held)
    if is_closed and word.value not in {*allowed, "_"}:
        return f"`{word.field}` cannot hold `{word.value}`", nearest(word.value, allowed)
    return "", ""


def _languages(rule: Rule) -> Iterator[Problem]:
    """Languages without a sentence, and sentences that do not name the same variables."""
    said = dict(rule.says)
    for language in LANGUAGES:
        if language not in said:
            message = f"the rule has no sentence in {_LANGUAGE_NAMES[language]} (`{language}`)"
            yield problem(rule, None, message, 'write `says: {en: "...", zh: "..."}`', WARNING)
    named = {language: set(template_variables(text)[0]) for language, text in rule.says}
    for name in sorted(set().union(*named.values())):
        without = [language for language, names in named.items() if name not in names]
        if without:
            message = f"the sentence ({', '.join(without)}) does not name {{{name}}}, which another language's does"
            yield problem(rule, None, message, "name the same variables in each", WARNING)


_LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}


def _citations(rule: Rule) -> Iterator[Problem]:
    if not rule.cites:
        yield problem(rule, None, "the rule cites nothing", "write `cites: [...]` with the source of the rule")
    for source in rule.cites:
        fault, remedy = _citation_fault(source.strip())
        if fault:
            yield problem(rule, None, f"the citation `{source}` {fault}", remedy)


def _citation_fault(source: str) -> tuple[str, str]:
    """What is wrong with how a source is named, and the remedy; empty when nothing is.

    >>> _citation_fault("PMID:27993330"), _citation_fault("31416734")[0]
    (('', ''), 'is a bare number')
    """
    kind, colon, rest = source.partition(":")
    if source.strip("?.-").lower() in ("", "todo", "tbd", "none", "n/a", "na", "unknown", "xxx"):
        return "names no source", "name the publication, label or guideline that says what the rule does"
    if source.isdigit():
        return "is a bare number", f"write `PMID:{source}` if it is one"
    if kind.strip().upper() == "PMID" and not (colon and rest.strip().isdigit()):
        return "is no PMID", "write `PMID:` and digits"
    if kind.lower() in ("http", "https"):
        host = rest.removeprefix("//").partition("/")[0]
        if not rest.startswith("//") or "." not in host or any(c.isspace() for c in source):
            return "is no web address", "write it whole, as `https://host/path`"
    return "", ""
