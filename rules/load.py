"""Rule files to a checked, stratified rule set, kept between runs under the digest of the files."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
    Term,
    Variable,
    canonical_text,
)

CACHE_VERSION = "rules-cache/2"
SUFFIXES = (".yaml", ".yml")


def load(sources: Sequence[Path], cache: Path | None = None) -> RuleSet:
    """The rule set that these files and folders (all their YAML files, subfolders included) hold.

    A rule of a later source replaces one of the same name when it says `overrides: true`. With `cache`, a folder, a
    set that was loaded before is read back without YAML. Raises RuleProblems with everything that is wrong; warnings
    alone do not raise and are kept in `RuleSet.warnings`.
    """
    groups = [(source, _files(source)) for source in sources]
    missing = [source for source, files in groups if not files]
    if missing or not groups:
        remedy = "name a YAML file, or a folder that holds some"
        where = missing or [Path("-")]
        raise RuleProblems(Problem(str(source), "", 1, "there are no rule files here", remedy) for source in where)
    try:
        contents = [(path, path.read_bytes()) for _, files in groups for path in files]
    except OSError as error:
        problem = Problem(str(error.filename), "", 1, f"cannot be read: {error.strerror}", "check its permissions")
        raise RuleProblems([problem]) from error
    kept = cache / f"rules-{_key(contents)}.json" if cache else None
    found = _cached(kept) if kept else None
    if found is None:
        found = build([files for _, files in groups])
        if kept:
            _keep(kept, found)
    return found


def build(groups: Sequence[Sequence[Path]]) -> RuleSet:
    """The rule set of these groups of files, read and checked; a later group may override an earlier one's rules."""
    from rules.check import check, strata
    from rules.source import read

    problems: list[Problem] = []
    rules: list[Rule] = []
    predicates: dict[str, Predicate] = {}
    for files in groups:
        earlier = {rule.name for rule in rules}
        for path in files:
            written = read(path)
            problems += written.problems + _add_predicates(predicates, written.predicates)
            for rule in written.rules:
                if rule.overrides and rule.name in earlier:
                    rules = [other for other in rules if other.name != rule.name]
                    earlier.discard(rule.name)
                elif rule.overrides:
                    message = f"no earlier folder has a rule `{rule.name}` to override"
                    problems.append(Problem(rule.file, rule.name, rule.line, message, "correct its name"))
                rules.append(rule)
    # A rule that could not be read may conclude what others wait for: judge the whole only when all parts are there.
    problems += check(rules, predicates) if not problems else _local(check(rules, predicates))
    if any(problem.severity == ERROR for problem in problems):
        raise RuleProblems(problems)
    rules.sort(key=lambda rule: rule.name)
    digest = "sha256:" + hashlib.sha256(canonical_text(tuple(rules), predicates).encode()).hexdigest()
    return RuleSet(tuple(rules), predicates, strata(rules), digest, tuple(problems))


def _local(problems: Sequence[Problem]) -> list[Problem]:
    return [p for p in problems if "never fire" not in p.message and "always holds" not in p.message]


def _add_predicates(known: dict[str, Predicate], new: Sequence[Predicate]) -> list[Problem]:
    problems = []
    for predicate in new:
        other = known.get(predicate.name)
        if other is not None:
            message = f"predicate `{predicate.name}` is already declared at {other.file}:{other.line}"
            problems.append(Problem(predicate.file, predicate.name, predicate.line, message, "declare it once"))
        else:
            known[predicate.name] = predicate
    return problems


def _files(source: Path) -> list[Path]:
    """The YAML files of a folder in sorted order, or the file itself; empty when there is nothing."""
    if source.is_dir():
        return sorted(path for path in source.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return [source] if source.is_file() else []


def _key(contents: Sequence[tuple[Path, bytes]]) -> str:
    digest = hashlib.sha256(CACHE_VERSION.encode())
    for path, content in contents:
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
    rules, predicates, strata, digest, warnings = data
    return RuleSet(
        tuple(_decode_rule(*rule) for rule in rules),
        {p[0]: Predicate(p[0], tuple(Field(f[0], f[1], tuple(f[2])) for f in p[1]), *p[2:]) for p in predicates},
        tuple(map(tuple, strata)),
        digest,
        tuple(Problem(*warning) for warning in warnings),
    )


def _decode_rule(name: str, body: list[Any], head: list[Any], says: list[Any], cites: list[str], *rest: Any) -> Rule:
    overrides, file, line, lines = rest
    conditions = tuple(map(_decode_condition, body))
    sentences = tuple((language, text) for language, text in says)
    return Rule(name, conditions, _decode_atom(*head), sentences, tuple(cites), overrides, file, line, tuple(lines))


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
