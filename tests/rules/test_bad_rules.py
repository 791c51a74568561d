"""A curator's mistakes in a site's rule file: for each its rule, line, message and remedy, and nothing is loaded."""

# ruff: noqa: E501 - one mistake a row
from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from rules.errors import ERROR, WARNING, Problem, RuleProblems
from rules.language import RuleSet
from rules.load import load

BASE = """\
predicates:
  drug: {given: true, doc: A drug., fields: {name: string, level: string, approved: date, score: number, rank: integer, oral: boolean}}
  stage: {given: true, fields: {state: [early, advanced]}}
  form: {given: true, fields: {form: [tablet, infusion]}}
  finding: {fields: {drug: string, criterion: string, verdict: [pass, fail]}}
  usable: {fields: {drug: string}}
  best: {fields: {level: string, number: integer}}
rules:
  - rule: approved
    says: {en: "{Drug} is approved", zh: "{Drug} 已获批"}
    cites: [https://example.org/a]
    if:
      - drug(name: Drug, approved: _)
    then: finding(drug: Drug, criterion: approval, verdict: pass)
  - rule: oral
    says: {en: "{Drug} is oral", zh: "{Drug} 为口服"}
    cites: [https://example.org/a]
    if:
      - drug(name: Drug, oral: true)
      - stage(state: advanced)
      - form(form: tablet)
    then: finding(drug: Drug, criterion: route, verdict: pass)
  - rule: weak
    says: {en: "{Drug} is weak", zh: "{Drug} 较弱"}
    cites: [https://example.org/a]
    if:
      - drug(name: Drug, score: Score)
      - Score < 1
    then: finding(drug: Drug, criterion: strength, verdict: fail)
  - rule: usable
    says: {en: "{Drug} is usable", zh: "{Drug} 可用"}
    cites: [https://example.org/a]
    if:
      - drug(name: Drug)
      - no finding(drug: Drug, verdict: fail)
    then: usable(drug: Drug)
  - rule: best
    says: {en: "{Number} drugs, the best of level {Level}", zh: "{Number} 种药物，最佳级别 {Level}"}
    cites: [https://example.org/a]
    if:
      - Number = count usable(drug: _)
      - Level = least Each in drug(level: Each)
    then: best(level: Level, number: Number)
"""

SAYS = 'says: {en: "{Drug}", zh: "{Drug}"}'
CITES = "cites: [https://example.org/b]"
HEAD = "usable(drug: Drug)"


def rule(*body: str, then: str = HEAD, name: str = "own", says: str = SAYS, cites: str = CITES, more: str = "") -> str:
    """A site's file with one rule: name on line 2, `says` 3, `cites` 4, first condition 6, `then` after the last."""
    lines = "".join(f"      - {condition}\n" for condition in body)
    end = f"    {more}\n" if more else ""
    return f"rules:\n  - rule: {name}\n    {says}\n    {cites}\n    if:\n{lines}    then: {then}\n{end}"


class Mistake(NamedTuple):
    """What was written, and what must be said of it."""

    what: str
    text: str | bytes
    rule: str
    line: int
    message: str
    remedy: str
    severity: str = ERROR


D = "drug(name: Drug)"
OPEN = "known are"

FILES = [
    Mistake("tab", rule(D).replace("    if", "\tif"), "", 5, "not valid YAML: a tab in the indentation", "indent with spaces"),
    Mistake("too little indentation", rule(D).replace("    if", "  if"), "", 5, "not valid YAML: this line does not belong to the list above it", "check the indentation"),
    Mistake("unclosed quote", rule(D, says='says: "{Drug}'), "", 3, "not valid YAML: a quote that is never closed", "check the indentation, and quote"),
    Mistake("unclosed list", rule(D, cites="cites: [a"), "", 5, "not valid YAML: a list in brackets that is never closed", "check the indentation"),
    Mistake("colon in a sentence", rule(D, says="says: note: {Drug}"), "", 3, "not valid YAML: a `: ` where none can stand", "holds `: `"),
    Mistake("sentence that starts with a brace", rule(D, says="says: {Drug} is good"), "", 3, "not valid YAML: this line does not belong where it stands", "quote text that starts with a bracket"),
    Mistake("two documents", rule(D) + "---\n" + rule(D), "", 8, "not valid YAML: a second document begins here", "remove the `---`"),
    Mistake("anchor", rule(D, says="says: &s {en: a, zh: b}"), "", 3, "`&s` is a reference to another place", "write out what it stands for"),
    Mistake("alias", rule(D, cites="cites: *c"), "", 4, "`*c` is a reference to another place", "write out what it stands for"),
    Mistake("nested without end", "rules:\n" + "- " * 200 + "a\n", "", 2, "not valid YAML: lists within lists, more than 100 deep", "one `- ...` line per item"),
    Mistake("nothing", "", "", 1, "the file holds nothing", "write `predicates:`, `rules:` or `words:` in it", WARNING),
    Mistake("comments only", "# to do\n", "", 1, "the file holds nothing", "or remove it", WARNING),
    Mistake("binary", b"rules:\n\x00\x01", "", 2, "not valid YAML: the character U+0000", "plain UTF-8 text"),
    Mistake("a form feed", rule(D) + "\x0c\n", "", 8, "not valid YAML: the character U+000C", "plain UTF-8 text"),
    Mistake("UTF-16", rule(D).encode("utf-16"), "", 1, "cannot be read: it is UTF-16 text", "save it as UTF-8"),
    Mistake("Latin-1", rule(D, says="says: {en: caf\xe9, zh: a}").encode("latin-1"), "", 3, "cannot be read: it is not UTF-8 text (byte 0xE9)", "save it as UTF-8"),
    Mistake("text", "hello\n", "", 1, "the file should be a mapping", "`key: value` lines"),
    Mistake("number", "42\n", "", 1, "the file should be a mapping", "`key: value` lines"),
    Mistake("one rule without a list", rule(D).partition("\n")[2].replace("  - ", "").replace("\n    ", "\n"), "", 1, "a rule stands outside of a list", "write `- rule: ...`"),
    Mistake("misspelt key of the file", rule(D).replace("rules:", "rule s:"), "", 1, "unknown key `rule s` in the file", "did you mean `rules`?"),
    Mistake("rules as a mapping", "rules:\n  own: {if: []}\n", "", 2, "`rules` should be a list", "one `- ...` line per item"),
    Mistake("rules as text", "rules: all of them\n", "", 1, "`rules` should be a list", "one `- ...` line per item"),
    Mistake("a rule that is text", "rules:\n  - approved\n", "", 2, "a rule should be a mapping", "`key: value` lines"),
    Mistake("a key that is a list", "? [a]\n: b\n", "", 1, "a key in the file is no word", "`key: value` lines"),
]  # fmt: skip

KEYS = [
    Mistake("misspelt key", rule(D).replace("then:", "than:"), "own", 7, "unknown key `than` in a rule", "did you mean `then`?"),
    Mistake("capital key", rule(D).replace("if:", "If:"), "own", 5, "unknown key `If` in a rule", "did you mean `if`?"),
    Mistake("merge key", rule(D, more="<<: {doc: a}"), "own", 8, "unknown key `<<` in a rule", "known are"),
    Mistake("key twice", rule(D, more=CITES), "own", 8, "key `cites` is written twice in a rule", "keep one of them"),
    Mistake("no then", rule(D).replace(f"    then: {HEAD}\n", ""), "own", 2, "the rule has no `then`", "write `then: ...`"),
    Mistake("no if", "rules:\n  - rule: own\n    says: a\n    cites: [b]\n    then: usable(drug: x)\n", "own", 2, "the rule has no `if`", "write its conditions"),
    Mistake("no name", rule(D).replace("rule: own", "doc: own"), "", 2, "the rule has no `rule`", "give it a name"),
    Mistake("no says", rule(D).replace(f"    {SAYS}\n", ""), "own", 2, "the rule has no sentence", 'write `says: "..."`'),
    Mistake("empty says", rule(D, says="says:"), "own", 2, "the rule has no sentence", 'write `says: "..."`'),
    Mistake("no cites", rule(D).replace(f"    {CITES}\n", ""), "own", 2, "the rule cites nothing", "the source of the rule"),
    Mistake("cites as text", rule(D, cites="cites: https://example.org"), "own", 4, "`cites` should be a list", "one `- ...` line per item"),
    Mistake("citation as a mapping", rule(D, cites="cites: [PMID: 123]"), "own", 4, "a citation should be text", "in quotes if it holds `: `"),
    Mistake("if as text", rule(D).replace(f"if:\n      - {D}", f"if: {D!r}"), "own", 5, "`if` should be a list", "one `- ...` line per item"),
    Mistake("a condition that is a list", rule("[a, b]"), "own", 6, "a condition or conclusion should be text", "write it on one line"),
    Mistake("overrides: yes", rule(D, more="overrides: yes"), "own", 8, "`overrides` should be true or false", "write true or false"),
    Mistake("unknown language", rule(D, says='says: {en: "a", zh: "b", de: "c"}'), "own", 3, "unknown language `de`", "{en:"),
    Mistake("language in capitals", rule(D, says='says: {EN: "a"}'), "own", 3, "unknown language `EN`", "{en:"),
    Mistake("a sentence in braces", rule(D, says="says: {Drug}"), "own", 3, "unknown language `Drug`", "quote a sentence that starts with a variable"),
    Mistake("an empty sentence", rule(D, says='says: {en: "{Drug}", zh: ""}'), "own", 3, "the sentence (zh) is empty", "write it, or leave the language out"),
    Mistake("a list of sentences", rule(D, says="says: [a, b]"), "own", 3, "`says` should be a mapping", "`key: value` lines"),
    Mistake("a name with a blank", rule(D, name="my rule"), "my rule", 2, "the rule's name holds a blank", "letters, digits"),
    Mistake("a name with a slash", rule(D, name="a/b"), "a/b", 2, "the rule's name holds `/`", "letters, digits"),
    Mistake("an empty name", rule(D, name='""'), "", 2, "the rule's name is empty", "give it a name"),
    Mistake("a name that is a list", rule(D, name="[a]"), "", 2, "`rule` should be text", "write it on one line"),
]  # fmt: skip

WORDS = [
    Mistake("variable that is not bound", rule(D, says='says: {en: "{Durg}", zh: "{Drug}"}'), "own", 2, "the sentence (en) names {Durg}, which no condition binds", "did you mean `Drug`?"),
    Mistake("variable of a negation", rule(D, "no finding(drug: Drug, criterion: C)", says='says: "{C}"', then="best(level: Drug, number: 1)"), "own", 2, "the sentence (en) names {C}, which no condition binds", "known are Drug"),
    Mistake("brace that is not closed", rule(D, says='says: "{Drug"'), "own", 2, "the sentence (en) has a brace that does not enclose a variable", "write {Variable}"),
    Mistake("no Chinese", rule(D, says='says: "{Drug}"'), "own", 2, "the rule has no sentence in Chinese (`zh`)", "zh:", WARNING),
    Mistake("no English", rule(D, says='says: {zh: "{Drug}"}'), "own", 2, "the rule has no sentence in English (`en`)", "en:", WARNING),
    Mistake("other variables in Chinese", rule("drug(name: Drug, level: Level)", says='says: {en: "{Drug} {Level}", zh: "{Drug}"}'), "own", 2, "the sentence (zh) does not name {Level}", "name the same variables in each", WARNING),
    Mistake("a bare number cited", rule(D, cites="cites: [27993330]"), "own", 2, "the citation `27993330` is a bare number", "`PMID:27993330`"),
    Mistake("a PMID that is none", rule(D, cites="cites: ['PMID:PMC123']"), "own", 2, "the citation `PMID:PMC123` is no PMID", "`PMID:` and digits"),
    Mistake("half an address", rule(D, cites="cites: ['https:/example.org']"), "own", 2, "the citation `https:/example.org` is no web address", "https://host/path"),
    Mistake("an address with a blank", rule(D, cites="cites: ['https://example.org/a b']"), "own", 2, "the citation `https://example.org/a b` is no web address", "https://host/path"),
    Mistake("to do", rule(D, cites="cites: [TODO]"), "own", 2, "the citation `TODO` names no source", "name the publication"),
    Mistake("empty citation", rule(D, cites="cites: ['']"), "own", 2, "the citation `` names no source", "name the publication"),
]  # fmt: skip

CONDITIONS = [
    Mistake("unknown predicate", rule("durg(name: Drug)"), "own", 6, "unknown predicate `durg`", "did you mean `drug`?"),
    Mistake("predicate with a capital", rule("Drug(name: Drug)"), "own", 6, "this is neither an atom nor a comparison", "`predicate(...)`"),
    Mistake("not instead of no", rule(D, "not finding(drug: Drug)"), "own", 7, "this is neither an atom nor a comparison", "`no predicate(...)`"),
    Mistake("unknown field", rule("drug(nam: Drug)"), "own", 6, "`drug` has no field `nam`", "did you mean `name`?"),
    Mistake("field twice", rule("drug(name: Drug, name: D)"), "own", 6, "field `name` is written twice", "write each field once"),
    Mistake("field without a value", rule("drug(name)"), "own", 6, "expected `:`", "`field: value`"),
    Mistake("unclosed bracket", rule("drug(name: Drug"), "own", 6, "expected `,`", "separate fields by commas"),
    Mistake("two conditions in one", rule("drug(name: Drug), stage(state: early)"), "own", 6, "unexpected text", "one condition per list item"),
    Mistake("value outside of the list", rule(D, "stage(state: late)"), "own", 7, "late is not one of the values in field `state`", "known are advanced, early"),
    Mistake("constant with a capital", rule(D, "stage(state: Early-1)"), "own", 7, "`Early-1` is neither a variable nor plain text", "quote it: 'Early-1'"),
    Mistake("text for a number", rule("drug(name: Drug, score: high)"), "own", 6, "high is no number in field `score`", "a value of type number"),
    Mistake("number for text", rule("drug(name: Drug, level: 1)"), "own", 6, "1 is no string in field `level`", "quote it: '1'"),
    Mistake("fraction for an integer", rule("drug(name: Drug, rank: 1.5)"), "own", 6, "1.5 is no integer in field `rank`", "a value of type integer"),
    Mistake("yes for true", rule("drug(name: Drug, oral: yes)"), "own", 6, "yes is no boolean in field `oral`", "a value of type boolean"),
    Mistake("a German date", rule("drug(name: Drug, approved: 20.11.2023)"), "own", 6, "20.11.2023 is no date in field `approved`", "2024-01-31"),
    Mistake("unbound in a comparison", rule(D, "Score > 1"), "own", 7, "variable Score is unbound in `Score > 1`", "bind it in a condition"),
    Mistake("unbound in the conclusion", rule("drug(level: Level)", says='says: "{Level}"'), "own", 7, "variable Drug of the conclusion's field `drug` is unbound", "bind it in a condition"),
    Mistake("a conclusion with too little", rule(D, then="finding(drug: Drug)"), "own", 7, "the conclusion does not give field `criterion`", "gives every declared field"),
    Mistake("a conclusion with too much", rule(D, then="usable(drug: Drug, why: good)"), "own", 7, "`usable` has no field `why`", "known are drug"),
    Mistake("a conclusion of another type", rule("drug(name: Drug, score: S)", then="usable(drug: S)"), "own", 7, "variable S is number, and field `drug` of `usable` must be string", "bind it in a field of the same type"),
    Mistake("a negation as conclusion", rule(D, then="no usable(drug: Drug)"), "own", 7, "expected `(`", "`predicate(field: value, ...)`"),
    Mistake("comparison of unlike things", rule("drug(name: Drug, score: S)", "S > high"), "own", 7, "`S > high` compares a number with text", "compare like with like"),
    Mistake("== for =", rule("drug(name: Drug, level: L)", "L == a"), "own", 7, "a value is missing", "write a variable"),
    Mistake("empty range", rule("drug(name: Drug, score: S)", "S > 5", "S < 3"), "own", 8, "`S < 3` cannot hold", "can never fire"),
    Mistake("requires what it denies", rule(D, "no drug(name: Drug)"), "own", 7, "`no drug(name: Drug)` denies what another condition requires", "can never fire"),
    Mistake("no condition", rule().replace("if:\n", "if: []\n"), "own", 2, "the rule has no condition", "at least one under `if:`"),
    Mistake("too many conditions", rule(*[f"drug(name: Drug, rank: {n})" for n in range(16)]), "own", 2, "the rule matches 16 facts at once", "conclude a step in a rule of its own"),
    Mistake("a cycle", rule("drug(name: Drug)", "no usable(drug: Drug)"), "own", 7, "cycle through negation: usable -> no usable -> usable", "must be settled before"),
    Mistake("the same condition twice", rule(D, D), "own", 7, f"`{D}` is written twice", "remove one", WARNING),
    Mistake("what is there already", rule("usable(drug: Drug)"), "own", 7, "the rule concludes what it asks for", "it adds nothing", WARNING),
    Mistake("a variable only once", rule("drug(name: Drug, level: Levle)"), "own", 6, "variable Levle is used only once", "correct its spelling", WARNING),
]  # fmt: skip

AGGREGATES = [
    Mistake("count without a variable", rule(D, "count usable(drug: _)"), "own", 7, "this is neither an atom nor a comparison", "`N = count predicate(...)`"),
    Mistake("result in small letters", rule(D, "n = count finding(drug: Drug)"), "own", 7, "expected a variable for the result", "starts with a capital letter"),
    Mistake("of what", rule(D, "L = least finding(drug: Drug)"), "own", 7, "expected a variable for what the least is of", "starts with a capital letter"),
    Mistake("of instead of in", rule(D, "L = least C of finding(drug: Drug, criterion: C)"), "own", 7, "expected `in`", "`L = least C in predicate(field: C, ...)`"),
    Mistake("a variable that is not there", rule(D, "L = least C in finding(drug: Drug)", "L = a"), "own", 7, "`least C` is of a variable that `finding(drug: Drug)` does not name", "write `field: C` in it"),
    Mistake("a variable with one value", rule("drug(name: Drug, level: C)", "L = greatest C in finding(criterion: C)", "L = a"), "own", 7, "`greatest C` is of a variable that another condition binds to one value", "another variable"),
    Mistake("least of booleans", rule(D, "L = least B in drug(oral: B)", "L = true"), "own", 7, "`least B` orders true and false", "count the facts"),
    Mistake("result in a pattern", rule(D, "L = least C in drug(level: C)", "finding(criterion: L)"), "own", 8, "L is the result of `L = least C in drug(level: C)` and cannot stand in a pattern", "`Other = L`"),
    Mistake("two results of one name", rule(D, "N = count finding(drug: Drug)", "N = count finding(drug: _)", "N > 1"), "own", 8, "N is already the result of another condition", "its own name"),
    Mistake("less than nothing", rule(D, "N = count finding(drug: Drug)", "N < 0"), "own", 8, "`N < 0` cannot hold", "can never fire"),
    Mistake("count compared with text", rule(D, "N = count finding(drug: Drug)", "N = none"), "own", 8, "`N = none` compares a number with text", "compare like with like"),
    Mistake("result of another type", rule(D, "N = count finding(drug: Drug)", then="usable(drug: N)"), "own", 8, "variable N is integer, and field `drug` of `usable` must be string", "bind it in a field of the same type"),
    Mistake("counts what it concludes", rule(D, "N = count usable(drug: _)", "N > 1"), "own", 7, "cycle through `count`: usable -> count usable -> usable", "must be settled before"),
    Mistake("counts what rests on it", rule(D, "N = least D in best(level: D)", "N = a"), "own", 7, "cycle through `least`: usable -> best -> least best -> usable", "must be settled before"),
    Mistake("a result not used", rule(D, "N = count finding(drug: Drug)"), "own", 7, "variable N is used only once", "correct its spelling", WARNING),
    Mistake("least of what never is", rule(D, "L = least C in finding(criterion: C, verdict: pass, drug: 'x')", "L = a") + "predicates:\n  never: {fields: {x: string}}\n", "never", 11, "no rule speaks of predicate `never`", "write a rule", WARNING),
]  # fmt: skip

SETS = [
    Mistake("a name of the library", rule(D, name="usable"), "usable", 2, "there is another rule `usable` at", "`overrides: true`"),
    Mistake("overrides nothing", rule(D, name="usabel", more="overrides: true"), "usabel", 2, "no earlier folder has a rule `usabel` to override", "did you mean `usable`?"),
    Mistake("overrides with another predicate", rule(D, name="usable", then="best(level: Drug, number: 1)", more="overrides: true"), "usable", 7, "it concludes `best`; the rule it overrides", "conclude `usable`, on which other rules count"),
    Mistake("overrides and changes nothing", rule("drug(name: Drug)", "no finding(drug: Drug, verdict: fail)", name="usable", says='says: {en: "{Drug} is usable", zh: "{Drug} 可用"}', cites="cites: [https://example.org/a]", more="overrides: true"), "usable", 2, "it overrides the rule at", "change it, or remove it", WARNING),
    Mistake("a copy", rule("no finding(verdict: fail, drug: D)", "drug(name: D)", then="usable(drug: D)", says='says: {en: "{D}", zh: "{D}"}'), "own", 2, "it has the conditions and the conclusion of `usable`", "remove one", WARNING),
    Mistake("a criterion that is misspelt", rule(D, then="finding(drug: Drug, criterion: aproval, verdict: fail)"), "own", 7, "no earlier rule concludes aproval in field `criterion` of `finding`", "did you mean `approval`?", WARNING),
    Mistake("concludes what is given", rule(D, then="stage(state: early)"), "own", 7, "`stage` is given", "a predicate of its own", WARNING),
    Mistake("a predicate of the library", "predicates:\n  stage: {given: true, fields: {state: string}}\n", "stage", 2, "predicate `stage` is already declared at", "remove this declaration"),
    Mistake("a predicate never asked for", "predicates:\n  ward: {given: true, fields: {name: string}}\n", "ward", 2, "no rule speaks of predicate `ward`", "or remove it", WARNING),
    Mistake("waits for what never comes", rule("ward(name: Drug)") + "predicates:\n  ward: {fields: {name: string}}\n", "own", 6, "nothing gives or concludes `ward`: the rule can never fire", "`given: true`"),
    Mistake("waits for another constant", rule("finding(drug: Drug, criterion: price)"), "own", 6, "no rule concludes `finding(drug: Drug, criterion: price)`: the rule can never fire", "compare its constants"),
    Mistake("counts what never comes", rule(D, "N = count ward(name: Drug)", "N = 0") + "predicates:\n  ward: {fields: {name: string}}\n", "own", 7, "nothing gives or concludes `ward`: the count is always 0", "`given: true`", WARNING),
    Mistake("denies what never comes", rule(D, "no ward(name: Drug)") + "predicates:\n  ward: {fields: {name: string}}\n", "own", 7, "nothing gives or concludes `ward`: the negation always holds", "`given: true`", WARNING),
    Mistake("least of what never comes", rule(D, "L = least C in ward(name: C)", "L = a") + "predicates:\n  ward: {fields: {name: string}}\n", "own", 7, "nothing gives or concludes `ward`: the rule can never fire", "`given: true`"),
    Mistake("a type that is none", "predicates:\n  ward: {fields: {beds: int}}\n", "ward", 2, "field `beds` has the unknown type `int`", "did you mean `integer`?"),
    Mistake("fields as a list", "predicates:\n  ward: {fields: [name]}\n", "ward", 2, "`fields` should be a mapping", "`key: value` lines"),
    Mistake("no fields", "predicates:\n  ward: {given: true}\n", "ward", 2, "predicate `ward` has no fields", "at least one under `fields:`"),
    Mistake("too many fields", "predicates:\n  ward: {fields: {" + ", ".join(f"f{n}: string" for n in range(29)) + "}}\n", "ward", 2, "predicate `ward` has 29 fields", "split it in two"),
    Mistake("a value twice", "predicates:\n  ward: {fields: {kind: [a, a]}}\n", "ward", 2, "the values of field `kind` are empty or repeat themselves", "list each allowed value once"),
    Mistake("given: maybe", "predicates:\n  ward: {given: maybe, fields: {name: string}}\n", "ward", 2, "`given` should be true or false", "write true or false"),
    Mistake("a predicate in capitals", "predicates:\n  Ward: {fields: {name: string}}\n", "Ward", 2, "`Ward` cannot name a predicate", "lower-case letters"),
    Mistake("a field with a hyphen", "predicates:\n  ward: {fields: {first-name: string}}\n", "ward", 2, "`first-name` cannot name a field", "lower-case letters"),
    Mistake("a fact says what it has not", 'predicates:\n  ward:\n    fields: {name: string}\n    says:\n      en: "{name}"\n      zh: "{nmae}"\n', "ward", 6, "the sentence (zh) names {nmae}, which is no field", "did you mean `name`?"),
    Mistake("an absence says what it has not", 'predicates:\n  ward:\n    absent: "no ward of (this) {Name}"\n    fields: {name: string}\n', "ward", 3, "the sentence (en) names {Name}, which is no field", "did you mean `name`?"),
    Mistake("a fact's brace", 'predicates:\n  ward: {fields: {name: string}, says: "{name"}\n', "ward", 2, "the sentence (en) has a brace", "write {field}"),
    Mistake("a fact's language", 'predicates:\n  ward: {fields: {name: string}, says: {de: "{name}"}}\n', "ward", 2, "unknown language `de`", "{en:"),
    Mistake("a fact that says nothing", 'predicates:\n  ward: {fields: {name: string}, says: " "}\n', "ward", 2, "the sentence is empty", "or leave it out"),
    Mistake("a fact that says less in Chinese", 'predicates:\n  ward: {given: true, fields: {name: string}, says: {en: "{name}", zh: 病房}}\n' + rule(D, "ward(name: Drug)"), "ward", 2, "the sentence (zh) does not name {name}", "name the same fields in each", WARNING),
    Mistake("a word of no field", "words:\n  verdit: {pass: {zh: 符合}}\n", "verdit", 2, "words are given for `verdit`, which is a field of no predicate", "did you mean `verdict`"),
    Mistake("a word of no predicate", "words:\n  findin.verdict: {pass: {zh: 符合}}\n", "findin.verdict", 2, "words are given for `findin.verdict`, which is a field of no predicate", "`finding.verdict`"),
    Mistake("a word of no value", "words:\n  verdict:\n    pass: {zh: 符合}\n    fale: {zh: 不符合}\n", "verdict", 4, "`verdict` cannot hold `fale`", "did you mean `fail`?"),
    Mistake("a word of a truth that is none", "words: {oral: {'yes': {zh: 是}}}\n", "oral", 1, "`oral` cannot hold `yes`", "known are false, true"),
    Mistake("a word of a number", "words: {rank: {'1': {zh: 一}}}\n", "rank", 1, "`rank` holds numbers", "remove them"),
    Mistake("a word twice", "words:\n  verdict: {pass: {zh: 符合}}\n  finding.verdict: {pass: {zh: 符合}}\n  verdict : {pass: {zh: 通过}}\n", "", 4, "key `verdict` is written twice in `words`", "keep one of them"),
    Mistake("a word's language", "words: {verdict: {pass: {de: gut}}}\n", "verdict", 1, "unknown language `de`", "{en:"),
    Mistake("words as a list", "words: [pass]\n", "", 1, "`words` should be a mapping", "`key: value` lines"),
    Mistake("a field's words as a list", "words: {verdict: [pass, fail]}\n", "verdict", 1, "`verdict` should be a mapping", "`key: value` lines"),
    Mistake("a quoted number is meant", rule(D, "grade(value: 1)") + "predicates:\n  grade: {given: true, fields: {value: ['1', '2']}}\n", "own", 7, "1 is not one of the values in field `value`", "quote it: '1'"),
]  # fmt: skip

MISTAKES = [*FILES, *KEYS, *WORDS, *CONDITIONS, *AGGREGATES, *SETS]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def outcome(site: Path) -> tuple[RuleSet | None, tuple[Problem, ...]]:
    """What loading the base and the site's folder gives, and the problems and warnings of it."""
    cache = site.parent / "cache"
    try:
        found = load([site.parent / "base", site], cache)
    except RuleProblems as error:
        assert not cache.exists(), "a set with a problem was kept"
        return None, error.problems
    return found, found.warnings


def test_the_base_is_without_fault(site: Path) -> None:
    (site / "own.yaml").write_text(rule(D, "stage(state: early)"), encoding="utf-8")
    found, problems = outcome(site)
    assert found is not None
    assert problems == ()


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.what for mistake in MISTAKES])
def test_every_mistake_has_its_place_and_remedy(site: Path, mistake: Mistake) -> None:
    path = site / "own.yaml"
    path.write_bytes(mistake.text if isinstance(mistake.text, bytes) else mistake.text.encode())
    found, problems = outcome(site)
    told = [p for p in problems if p.message.startswith(mistake.message)]
    assert told, problems
    first = told[0]
    assert (first.file, first.rule, first.line, first.severity) == (
        str(path),
        mistake.rule,
        mistake.line,
        mistake.severity,
    )
    assert mistake.remedy in first.remedy
    assert (found is None) == any(p.severity == ERROR for p in problems)
    assert (found is not None) or mistake.severity == ERROR
    # No other problem follows from it; only a cycle goes through rules of the base, and is told there too.
    assert {p.file for p in problems if "cycle" not in p.message} <= {str(path)}


def test_mistakes_have_names_of_their_own() -> None:
    assert len({mistake.what for mistake in MISTAKES}) == len(MISTAKES) > 100


def test_every_file_is_judged_at_once(site: Path) -> None:
    (site / "a.yaml").write_text("rules: [\n", encoding="utf-8")
    (site / "b.yaml").write_text(rule("durg(name: Drug)"), encoding="utf-8")
    (site / "c.yaml").write_text(rule("drug(name: Drug)", cites="cites: [1]", name="c"), encoding="utf-8")
    (site / "d.yaml").write_text(rule("drug(nam: Drug)", name="d"), encoding="utf-8")
    found, problems = outcome(site)
    assert found is None
    told = {(Path(p.file).name, p.message.partition("`")[0]) for p in problems}
    # b.yaml may speak of a predicate that a.yaml declares: that is told when a.yaml can be read.
    assert told == {
        ("a.yaml", "not valid YAML: did not find expected node content"),
        ("c.yaml", "the citation "),
        ("d.yaml", ""),
    }


def test_rules_of_a_broken_predicate_are_not_blamed(site: Path) -> None:
    text = "predicates:\n  ward: {given: true, fields: {beds: int}}\n" + rule("ward(beds: 5)", D)
    (site / "own.yaml").write_text(text, encoding="utf-8")
    _, problems = outcome(site)
    assert [p.message for p in problems] == ["field `beds` has the unknown type `int`"]


def test_a_byte_order_mark_is_no_mistake(site: Path) -> None:
    (site / "own.yaml").write_text("\ufeff" + rule(D, "stage(state: early)"), encoding="utf-8")
    assert outcome(site)[1] == ()


def test_carriage_returns_are_no_mistake(site: Path) -> None:
    (site / "own.yaml").write_bytes(
        rule(D, "no finding(drug: Drug,\n          verdict: pass)").replace("\n", "\r\n").encode()
    )
    assert outcome(site)[1] == ()


def test_files_that_cannot_be_read_are_named(site: Path) -> None:
    (site / "gone.yaml").symlink_to(site / "nowhere.yaml")
    (site / ".hidden.yaml").write_text("rules: [\n", encoding="utf-8")
    (site / "OWN.YAML").write_text(rule(D, "stage(state: early)"), encoding="utf-8")
    found, problems = outcome(site)
    assert found is None
    assert [(Path(p.file).name, p.message) for p in problems] == [
        ("gone.yaml", "cannot be read: No such file or directory")
    ]


def test_a_folder_without_rules_and_one_that_is_not_there(site: Path) -> None:
    (site / "rules.txt").write_text(rule(D), encoding="utf-8")
    _, problems = outcome(site)
    assert [(p.file, p.message) for p in problems] == [(str(site), "there are no rule files here")]
    with pytest.raises(RuleProblems, match="there is no such file or folder"):
        load([site / "nowhere"])


def test_a_file_that_two_sources_hold_is_read_once(site: Path) -> None:
    (site / "own.yaml").write_text(rule(D, "stage(state: early)"), encoding="utf-8")
    base = site.parent / "base"
    once = load([base, site])
    assert load([base, site, site / "own.yaml", site / ".." / "site"]) == once


def test_the_cache_knows_one_folder_from_two(site: Path) -> None:
    text = rule("drug(name: Drug, level: x)", name="usable", more="overrides: true")
    (site / "own.yaml").write_text(text, encoding="utf-8")
    assert outcome(site)[0] is not None
    with pytest.raises(RuleProblems, match="no earlier folder has a rule `usable` to override"):
        load([site.parent], site.parent / "cache")
