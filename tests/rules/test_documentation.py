"""The example of docs/rule-language.md does what the page says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules.engine import Engine
from rules.facts import Absence, Fact, Value
from rules.language import DATE, ENUMERATION, TEXT, RuleSet, parse_atom
from rules.proof import Derived, prove
from rules.wording import Wording

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


@pytest.mark.parametrize(("example", "number"), [(0, 0), (2, 1)])
def test_the_examples(example: int, number: int, ruleset: Callable[[str], RuleSet], any_engine: Engine) -> None:
    """What each concludes, and that the sentence of its last fact is the one that the page gives."""
    given, concluded = blocks("text")[2 * number : 2 * number + 2]
    rules = ruleset(blocks("yaml")[example])
    assert rules.warnings == ()
    result = any_engine.run(rules, facts(given, rules))
    assert [repr(fact) for fact in sorted(result.given, key=repr)] == sorted(given.splitlines())
    assert [repr(fact) for fact in result.derived] == concluded.splitlines()
    proof = prove(result, rules, [*result.derived][-1])
    assert isinstance(proof, Derived)
    assert f'because: "{proof.sentence}"' in PAGE.read_text(encoding="utf-8").replace("\n", " ")


def test_there_are_no_other_examples() -> None:
    assert (len(blocks("yaml")), len(blocks("text"))) == (3, 4)


@pytest.mark.parametrize(("column", "lang"), [(2, "en"), (3, "zh")])
def test_what_facts_say(column: int, lang: str, ruleset: Callable[[str], RuleSet], any_engine: Engine) -> None:
    rules = ruleset(blocks("yaml")[1])
    assert rules.warnings == ()
    table = [line.split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = {cells[0].strip("| `"): cells[column - 1].strip(" |") for cells in table if len(cells) == 3}
    (stated,) = facts("evidence(drug: afatinib, id: e1, significance: sensitivity)", rules)
    result = any_engine.run(rules, [stated])
    wording = Wording(rules, lang)
    (concluded,) = result.derived
    (way,) = result.derived[concluded]
    (absence,) = (premise for premise in way.premises if isinstance(premise, Absence))
    said = {
        repr(stated): wording.fact(stated),
        repr(absence): wording.absence(absence),
        repr(concluded): wording.derivation(way),
    }
    assert said.items() <= rows.items()


def test_texts_that_the_page_calls_bare_are() -> None:
    page = PAGE.read_text(encoding="utf-8").replace("\n", " ")
    for text in ("on-label", "2024-01-31", "any solid tumor", "乳腺癌"):
        assert f"`{text}`" in page
        assert parse_atom(f"p(x: {text})").fields == (("x", text),)
