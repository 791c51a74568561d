"""Rule files to a checked, stratified rule set, kept between runs under the digest of the files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules.errors import ERROR, Problem, RuleProblems
from rules.language import (
    Aggregate,
    Atom,
    Comparison,
    Condition,
    Field,
    Negation,
    Predicate,
    Rule,
    RuleSet,
    Said,
    Term,
    Variable,
    Vocabulary,
    Word,
    canonical_text,
)

if TYPE_CHECKING:
    from rules.source import Written

CACHE_VERSION = "rules-cache/3"
SUFFIXES = (".yaml", ".yml")


def load(sources: Sequence[Path], cache: Path | None = None) -> RuleSet:
    """The rule set that these files and folders (all their YAML files, subfolders included) hold.

    A rule of a later source replaces one of the same name when it says `overrides: true`. With `cache`, a folder, a
    set that was loaded before is read back without YAML; a set with a problem is never kept. A file that two sources
    hold is read once. Raises RuleProblems with everything that is wrong; warnings alone do not raise and are kept in
    `RuleSet.warnings`.
    """
    groups = [(source, _files(source)) for source in sources]
    missing = [source for source, files in groups if not files]
    problems = [_nothing(source) for source in missing or ([] if groups else [Path("-")])]
    contents = []
    for path in dict.fromkeys(path for _, files in groups for path in files):
        try:
            contents.append((path, path.read_bytes()))
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            problems.append(Problem(str(path), "", 1, reason, "check the file and its permissions"))
    if problems:
        raise RuleProblems(problems)
    # What is read is what is kept under its digest, even where a file changes in the meantime.
    bytes_of = dict(contents)
    read = [[(path, bytes_of[path]) for path in files] for files in _each_once([files for _, files in groups])]
    kept = cache / f"rules-{_key(read)}.json" if cache else None
    found = _cached(kept) if kept else None
    if found is None:
        found = build(read)
        if kept:
            _keep(kept, found)
    return found


def _nothing(source: Path) -> Problem:
    is_wrong = str(source) != "-" and not source.exists()
    what = "there is no such file or folder" if is_wrong else "there are no rule files here"
    return Problem(str(source), "", 1, what, f"name a rule file, or a folder that holds some ({', '.join(SUFFIXES)})")


def _each_once(groups: Sequence[Sequence[Path]]) -> list[list[Path]]:
    """The groups without the files that an earlier one holds, under whatever name."""
    seen: set[Path] = set()
    found = []
    for files in groups:
        new = {path.resolve(): path for path in reversed(files) if path.resolve() not in seen}
        found.append([path for path in files if new.get(path.resolve()) is path])
        seen.update(new)
    return found


def build(groups: Sequence[Sequence[tuple[Path, bytes]]]) -> RuleSet:
    """The rule set of these groups of files, parsed and checked; a later group may override an earlier one's rules."""
    from rules.source import read

    return assembled([[read(path, content) for path, content in files] for files in groups])


def assembled(groups: Sequence[Sequence[Written]]) -> RuleSet:
    """The rule set of what these groups of files say, checked; RuleProblems with everything that is wrong."""
    from rules.check import check, strata
    from rules.check_set import override_problems
    from rules.check_words import absence_problems, vocabulary_problems

    problems: list[Problem] = []
    rules: list[Rule] = []
    predicates: dict[str, Predicate] = {}
    words: dict[tuple[str, str], Word] = {}
    doubtful: set[str] = set()
    is_whole = True
    for written in groups:
        earlier = {rule.name: rule for rule in rules}
        own: list[Rule] = []
        for each in written:
            problems += each.problems + _add_predicates(predicates, each.predicates)
            doubtful |= each.doubtful
            is_whole = is_whole and each.is_whole
            own += each.rules
        problems += override_problems(own, earlier)
        problems += _add_words(words, [word for each in written for word in each.words])
        replaced = {rule.name for rule in own if rule.overrides}
        rules = [rule for rule in rules if rule.name not in replaced] + own
    # A rule that could not be read may conclude what others wait for: judge the whole only when all parts are there.
    is_complete = not any(problem.severity == ERROR for problem in problems)
    sound = predicates if is_whole else {name: p for name, p in predicates.items() if name not in doubtful}
    problems += check(rules, sound, frozenset(doubtful) if is_whole else None, is_complete)
    if is_whole and not doubtful:
        problems += vocabulary_problems(words.values(), predicates)
    if is_complete and not any(problem.severity == ERROR for problem in problems):
        problems += absence_problems(rules, predicates, words)
    problems.sort(key=lambda p: (p.severity, p.file, p.line, p.rule, p.message))
    if any(problem.severity == ERROR for problem in problems):
        raise RuleProblems(problems)
    rules.sort(key=lambda rule: rule.name)
    text = canonical_text(tuple(rules), predicates, words.values())
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return RuleSet(tuple(rules), predicates, strata(rules), digest, tuple(problems), _vocabulary(words))


def _add_predicates(known: dict[str, Predicate], new: Sequence[Predicate]) -> list[Problem]:
    problems = []
    for predicate in new:
        other = known.get(predicate.name)
        if other is not None:
            message = f"predicate `{predicate.name}` is already declared at {other.file}:{other.line}"
            remedy = "remove this declaration and use that one, or give it another name"
            problems.append(Problem(predicate.file, predicate.name, predicate.line, message, remedy))
        else:
            known[predicate.name] = predicate
    return problems


def _add_words(known: dict[tuple[str, str], Word], new: Sequence[Word]) -> list[Problem]:
    """Adds the words of one folder; they stand in for those that an earlier folder has for the same values."""
    own: dict[tuple[str, str], Word] = {}
    problems = []
    for word in new:
        other = own.setdefault((word.field, word.value), word)
        if other is not word:
            message = f"`{word.value}` has a word at {other.file}:{other.line} already"
            problems.append(Problem(word.file, word.field, word.line, message, "keep one of the two"))
    known.update(own)
    return problems


def _vocabulary(words: Mapping[tuple[str, str], Word]) -> Vocabulary:
    found: dict[str, dict[str, Said]] = {}
    for field, value in sorted(words):
        found.setdefault(field, {})[value] = words[field, value].said
    return found


def _files(source: Path) -> list[Path]:
    """The YAML files of a folder in sorted order, or the file itself; empty when there is nothing.

    Hidden files, such as an editor's, are none of them; a link to a file that is gone is: that it cannot be read is
    told.
    """
    if source.is_dir():
        found = (p for p in source.rglob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
        return sorted(path for path in found if path.is_file() or (path.is_symlink() and not path.exists()))
    return [source] if source.is_file() else []


def _key(groups: Sequence[Sequence[tuple[Path, bytes]]]) -> str:
    digest = hashlib.sha256(CACHE_VERSION.encode())
    for files in groups:
        digest.update(b"%d " % len(files))
        for path, content in files:
            name = str(path).encode("utf-8", "surrogateescape")
            digest.update(b"%d %d " % (len(name), len(content)) + name + content)
    return digest.hexdigest()[:32]


def _cached(path: Path) -> RuleSet | None:
    """The rule set kept in a cache file; None when there is none, or it is not whole."""
    try:
        checksum, _, payload = path.read_bytes().partition(b"\n")
        if checksum.decode() != hashlib.sha256(payload).hexdigest():
            return None
        return _decode(json.loads(payload))
    except (OSError, ValueError):
        return None


def _keep(path: Path, rules: RuleSet) -> None:
    """Writes a cache file whole or not at all; a folder that cannot be written costs only the next start."""
    import tempfile

    payload = json.dumps(_encode(rules), ensure_ascii=False, separators=(",", ":")).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".rules-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        return


def _encode(rules: RuleSet) -> list[Any]:
    return [
        [
            [*rule[:1], [_encode_condition(c) for c in rule.body], _encode_atom(rule.head), *rule[3:]]
            for rule in rules.rules
        ],
        [[p.name, [list(field) for field in p.fields], *p[2:]] for p in rules.predicates.values()],
        rules.strata,
        rules.digest,
        rules.warnings,
        rules.words,
    ]


def _encode_condition(condition: Condition) -> list[Any]:
    if isinstance(condition, Atom):
        return ["+", *_encode_atom(condition)]
    if isinstance(condition, Negation):
        return ["-", *_encode_atom(condition.atom)]
    if isinstance(condition, Aggregate):
        return ["#", condition.result, condition.kind, condition.of, *_encode_atom(condition.atom)]
    return ["?", _encode_term(condition.left), condition.operator, _encode_term(condition.right)]


def _encode_atom(atom: Atom) -> list[Any]:
    return [atom.predicate, [[name, _encode_term(term)] for name, term in atom.fields]]


def _encode_term(term: Term) -> Any:
    return [term.name] if isinstance(term, Variable) else term


def _decode(data: list[Any]) -> RuleSet:
    rules, predicates, strata, digest, warnings, words = data
    return RuleSet(
        tuple(_decode_rule(*rule) for rule in rules),
        {predicate[0]: _decode_predicate(*predicate) for predicate in predicates},
        tuple(map(tuple, strata)),
        digest,
        tuple(Problem(*warning) for warning in warnings),
        {field: {value: _decode_said(said) for value, said in held.items()} for field, held in words.items()},
    )


def _decode_predicate(name: str, fields: list[Any], *rest: Any) -> Predicate:
    doc, given, file, line, says, absent = rest
    declared = tuple(Field(field[0], field[1], tuple(field[2])) for field in fields)
    return Predicate(name, declared, doc, given, file, line, _decode_said(says), _decode_said(absent))


def _decode_said(said: list[list[str]]) -> Said:
    return tuple((language, text) for language, text in said)


def _decode_rule(name: str, body: list[Any], head: list[Any], says: list[Any], cites: list[str], *rest: Any) -> Rule:
    overrides, file, line, lines = rest
    conditions = tuple(map(_decode_condition, body))
    return Rule(
        name, conditions, _decode_atom(*head), _decode_said(says), tuple(cites), overrides, file, line, tuple(lines)
    )


def _decode_condition(data: list[Any]) -> Condition:
    if data[0] == "+":
        return _decode_atom(*data[1:])
    if data[0] == "-":
        return Negation(_decode_atom(*data[1:]))
    if data[0] == "#":
        return Aggregate(data[1], data[2], data[3], _decode_atom(*data[4:]))
    return Comparison(_decode_term(data[1]), data[2], _decode_term(data[3]))


def _decode_atom(predicate: str, fields: list[Any]) -> Atom:
    return Atom(predicate, tuple((name, _decode_term(term)) for name, term in fields))


def _decode_term(data: Any) -> Term:
    return Variable(data[0]) if isinstance(data, list) else data
