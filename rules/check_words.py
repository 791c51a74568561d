"""What is wrong with the words of a rule: its name, its sentences, its sources."""

from __future__ import annotations

from collections.abc import Iterator

from rules.errors import WARNING, Problem
from rules.language import LANGUAGES, Rule
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
