"""The example of docs/rule-language.md does what the page says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rules.engine import Engine
from rules.facts import Fact, Value
from rules.language import DATE, ENUMERATION, TEXT, RuleSet, parse_atom
from rules.proof import Derived, prove

PAGE = Path(__file__).parents[2] / "docs" / "rule-language.md"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return [part.partition("```")[0] for part in PAGE.read_text(encoding="utf-8").split(f"```{language}\n")[1:]]


def facts(text: str, rules: RuleSet) -> list[Fact]:
    """Facts as the page prints them, where texts stand without quotes."""
    found = []
    for line in text.splitlines():
        name, _, rest = line.removesuffix(")").partition("(")
        kinds = {field.name: field.kind for field in rules.predicates[name].fields}
        fields: list[tuple[str, Value]] = []
        for part in rest.split(", "):
            field, _, value = part.partition(": ")
            fields.append((field, value if kinds[field] in (TEXT, DATE, ENUMERATION) else int(value)))
        found.append(Fact(name, tuple(fields)))
    return found


def test_the_example(ruleset: Callable[[str], RuleSet], any_engine: Engine) -> None:
    (example,) = blocks("yaml")
    given, concluded = blocks("text")
    rules = ruleset(example)
    assert rules.warnings == ()
    result = any_engine.run(rules, facts(given, rules))
    assert [repr(fact) for fact in sorted(result.given, key=repr)] == sorted(given.splitlines())
    assert [repr(fact) for fact in result.derived] == concluded.splitlines()
    (fact,) = result.derived
    proof = prove(result, rules, fact)
    assert isinstance(proof, Derived)
    assert f'because: "{proof.sentence}"' in PAGE.read_text(encoding="utf-8").replace("\n", " ")


def test_texts_that_the_page_calls_bare_are() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("\n", " ")
    for text in ("on-label", "2024-01-31", "any solid tumor", "乳腺癌"):
        assert f"`{text}`" in page
        assert parse_atom(f"p(x: {text})").fields == (("x", text),)
