"""The rule book, all rules on one page for readers: `python -m rules.book > docs/rule-book.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rules.language import LANGUAGES, Predicate, Rule, RuleSet
from rules.show import counted, pattern, stratum

PICTURE = "rule-strata.svg"
MOST_NAMED = 4
"""A predicate that more rules conclude is said to be concluded by so many rules of these files."""


def page(rules: RuleSet, folder: Path, heads: Mapping[str, str]) -> str:
    """The book of a rule set in Markdown; the same set gives the same text, wherever its folder is.

    `folder` is what the files are named from; `heads` says in a line what a file is about, as `heads()` reads it.
    """
    by_file = _by_file(rules, folder)
    lines = [
        "# The rule book",
        "",
        "Every rule of the library, written by `python -m rules.book` from the rule files: correct those, not this",
        "page. [The rule language](rule-language.md) explains the notation; `mtb-match rules show RULE` adds what",
        "stands before and after a rule, for a site's own rules too.",
        "",
        f"{len(rules.rules)} rules in {len(rules.strata)} strata, {len(rules.predicates)} predicates; the set is",
        f"`{rules.digest}`, as answers name it.",
        "",
        *_contents(rules, by_file, heads),
        *_strata(rules),
        *_predicates(rules, folder),
        *_words(rules),
    ]
    for file, members in by_file.items():
        lines += [f"## {file}", "", *([_plain(heads[file]), ""] if heads.get(file) else [])]
        for rule in members:
            lines += _rule(rules, rule)
    return "\n".join(lines)


def heads(folder: Path) -> dict[str, str]:
    """What the first comment of each rule file of a folder says, by the file's name; files without one are left out."""
    found = {}
    for path in sorted(folder.rglob("*.yaml")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        if first.startswith("# "):
            found[path.relative_to(folder).as_posix()] = first.removeprefix("# ")
    return found


def _by_file(rules: RuleSet, folder: Path) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in sorted(rules.rules, key=lambda rule: (_file(rule, folder), rule.line)):
        found.setdefault(_file(rule, folder), []).append(rule)
    return found


def _file(said: Rule | Predicate, folder: Path) -> str:
    path = Path(said.file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else said.file


def _contents(rules: RuleSet, by_file: Mapping[str, Sequence[Rule]], heads: Mapping[str, str]) -> Iterator[str]:
    yield from ("- [Strata](#strata)", "- [Predicates](#predicates)")
    if rules.words:
        yield "- [Words](#words)"
    for file, members in by_file.items():
        about = f": {_plain(heads[file])}" if heads.get(file) else ""
        yield f"- [{file}](#{_anchor(file)}), {counted([rule.name for rule in members])}{about}"
    yield ""


def _strata(rules: RuleSet) -> Iterator[str]:
    yield from (
        "## Strata",
        "",
        "A rule runs when all that it negates or counts is settled: the strata run in order.",
        "",
    )
    yield from (f"![The strata, their predicates, and which is concluded from which]({PICTURE})", "")
    for number, members in enumerate(rules.strata, 1):
        names = sorted({rules.rules[place].head.predicate for place in members})
        yield f"{number}. {', '.join(f'`{name}`' for name in names)}"
    yield ""


def _predicates(rules: RuleSet, folder: Path) -> Iterator[str]:
    yield from (
        "## Predicates",
        "",
        "| predicate | means | says | fields | comes from | asked for by |",
        "|---|---|---|---|---|---|",
    )
    for name in sorted(rules.predicates):
        predicate = rules.predicates[name]
        fields = "<br>".join(f"`{field}`" for field in predicate.fields)
        asking = [rule.name for rule in rules.rules if any(a and a.predicate == name for a in map(pattern, rule.body))]
        origin = _source(rules, predicate, folder)
        cells = (f"`{name}`", _plain(predicate.doc), _said(predicate), fields, origin, counted(asking))
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""


def _source(rules: RuleSet, predicate: Predicate, folder: Path) -> str:
    """Where facts of a predicate come from: given, rules by name when they are few, else their number and files."""
    found = [rule for rule in rules.rules if rule.head.predicate == predicate.name]
    if 0 < len(found) <= MOST_NAMED:
        concluded = ", ".join(f"[{rule.name}](#{_anchor(rule.name)})" for rule in found)
    else:
        files = sorted({_file(rule, folder) for rule in found})
        links = ", ".join(f"[{file}](#{_anchor(file)})" for file in files)
        concluded = f"{counted([rule.name for rule in found])} of {links}" if found else ""
    return "; ".join(part for part in ("given" if predicate.given else "", concluded) if part) or "nothing"


def _said(predicate: Predicate) -> str:
    """What a fact of it says and what its absence says, in every language."""
    says = [text for _, text in predicate.says]
    absent = [f"{'absent' if language == 'en' else '缺失'}: {text}" for language, text in predicate.absent]
    return "<br>".join(map(_plain, (*says, *absent)))


def _words(rules: RuleSet) -> Iterator[str]:
    """The words of values, by field."""
    if not rules.words:
        return
    yield from ("## Words", "", "| field | value | en | zh |", "|---|---|---|---|")
    for field, values in rules.words.items():
        for value, said in values.items():
            texts = dict(said)
            cells = (f"`{field}`", _plain(value), *(_plain(texts.get(language, "")) for language in LANGUAGES))
            yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
    yield ""


def _rule(rules: RuleSet, rule: Rule) -> Iterator[str]:
    yield from (f"### {rule.name}", "")
    for number, (language, sentence) in enumerate(rule.says):
        yield from ([] if number == 0 else [">"])
        yield f"> {'' if language == 'en' else f'{language}: '}{_plain(sentence)}"
    conditions = [f"{'if' if number == 0 else '':6}{condition}" for number, condition in enumerate(rule.body)]
    yield from ("", "```text", *conditions, f"{'then':6}{rule.head}", "```", "")
    sources = ", ".join(f"<{source}>" if "://" in source else _plain(source) for source in rule.cites)
    yield from (f"Stratum {stratum(rules, rule)}. Cites {sources}", "")


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives a heading of letters, digits, `-`, `_` and other marks."""
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return "".join(f"\\{c}" if c in "\\`*_<>[]#|~" else c for c in " ".join(text.split()))


if __name__ == "__main__":
    from rules.library import LIBRARY
    from rules.load import load

    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(page(load([LIBRARY]), LIBRARY, heads(LIBRARY)))
