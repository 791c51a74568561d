"""Rule files as written: YAML to rules and predicates with their lines. Build time only; this imports PyYAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rules.errors import BadSyntax, Problem
from rules.language import (
    BOOLEAN,
    DATE,
    ENUMERATION,
    INTEGER,
    NUMBER,
    TEXT,
    Atom,
    Condition,
    Field,
    Predicate,
    Rule,
    is_name,
    parse_atom,
    parse_condition,
)

KINDS = (TEXT, DATE, INTEGER, NUMBER, BOOLEAN)
RULE_KEYS = ("rule", "says", "cites", "if", "then", "overrides", "doc")
PREDICATE_KEYS = ("doc", "fields", "given")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Written:
    """What some rule files say: rules and predicates that could be read, and the problems of those that could not."""

    rules: list[Rule] = field(default_factory=list)
    predicates: list[Predicate] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(path: Path) -> Written:
    """One rule file, read. Nothing raises: a file that is no YAML is one problem."""
    written = Written()
    try:
        root = yaml.compose(quote_atoms(path.read_text(encoding="utf-8")), Loader=LOADER)
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(str(path), "", 1, f"cannot be read: {error}", "check that it is a UTF-8 text file")
        written.problems.append(problem)
    except yaml.YAMLError as error:
        written.problems.append(_yaml_problem(path, error))
    else:
        if root is not None:
            _Reader(str(path), written).file(root)
    return written


def quote_atoms(text: str) -> str:
    """The same YAML with every bare atom of a list item or of `then:` in quotes; no line moves.

    YAML reads `: ` as a mapping, so `- option(id: O)` would not be a string. Atoms may run over several lines.

    >>> print(quote_atoms("if:\\n  - no finding(option: O,\\n      verdict: fail)  # none\\nthen: ok(id: O)"))
    if:
      - 'no finding(option: O,
          verdict: fail)'  # none
    then: 'ok(id: O)'
    """
    lines = text.split("\n")
    row = 0
    while row < len(lines):
        start = _atom_start(lines[row])
        if start < 0:
            row += 1
            continue
        last, stop = _atom_end(lines, row, start)
        block = lines[row : last + 1]
        tail = block[-1][stop:]
        block[-1] = block[-1][:stop]
        indent, block[0] = block[0][:start], block[0][start:]
        lines[row : last + 1] = (indent + "'" + "\n".join(block).replace("'", "''") + "'" + tail).split("\n")
        row = last + 1
    return "\n".join(lines)


def _atom_start(line: str) -> int:
    """Where an unquoted atom begins in a line such as `- no p(` or `then: p(`; -1 when none does."""
    rest = line.lstrip(" ")
    at = len(line) - len(rest)
    if rest.startswith("- "):
        at += 2 + len(rest[2:]) - len(rest[2:].lstrip(" "))
    if line[at:].startswith("then:"):
        at += 5 + len(line[at + 5 :]) - len(line[at + 5 :].lstrip(" "))
    if at == len(line) - len(rest):
        return -1
    return at if _ATOM.match(line, at) else -1


_ATOM = re.compile(r"[^:(\[\]{}'\"&*|>!#%@`][^:(\[\]{}'\"#]*\(")
"""What begins as an atom, a negation, an aggregate or a slip in one; what YAML reads in another way is left to it."""


def _atom_end(lines: list[str], row: int, start: int) -> tuple[int, int]:
    """Row and column just after the bracket that closes the atom, and just after anything but a comment behind it.

    An atom goes on over lines that are indented more than its first. One that is never closed ends with its first
    line, so that the fault is found where it is.
    """
    indent = len(lines[row]) - len(lines[row].lstrip())
    for last in range(row, len(lines)):
        line = lines[last]
        if last > row and len(line) - len(line.lstrip()) <= indent:
            break
        text = "\n".join([lines[row][start:], *lines[row + 1 : last + 1]])
        if _is_closed(text):
            return last, len(line) - len(text) + len(_without_comment(text))
    first = lines[row][start:]
    return row, start + len(_without_comment(first))


def _is_closed(text: str) -> bool:
    return _without_comment(text).endswith(")")


def _without_comment(text: str) -> str:
    """The text up to a `#` outside quotes that follows a space, and without blanks at its end."""
    quote, escaped = "", False
    for at, c in enumerate(text):
        if escaped:
            escaped = False
        elif quote:
            escaped = c == "\\"
            quote = "" if c == quote else quote
        elif c in "'\"":
            quote = c
        elif c == "#" and text[at - 1 : at].isspace():
            return text[:at].rstrip()
    return text.rstrip()


def _yaml_problem(path: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    remedy = "check the indentation, and quote text that holds `: ` or ` #`"
    return Problem(str(path), "", mark.line + 1 if mark else 1, f"not valid YAML: {reason}", remedy)


class _Reader:
    """Walks one file's YAML nodes and adds what it finds to `written`."""

    def __init__(self, path: str, written: Written) -> None:
        self.path, self.written = path, written
        self.rule = ""

    def problem(self, node: yaml.Node, message: str, remedy: str, line: int | None = None) -> None:
        place = _line(node) if line is None else line
        self.written.problems.append(Problem(self.path, self.rule, place, message, remedy))

    def file(self, root: yaml.Node) -> None:
        if isinstance(root, yaml.SequenceNode):
            self.rules(root)
            return
        for key, node in self.entries(root, ("predicates", "rules"), "the file"):
            if key == "predicates":
                for name, declared in self.entries(node, None, "`predicates`"):
                    self.rule = name
                    self.predicate(name, declared)
                self.rule = ""
            else:
                self.rules(node)

    def entries(
        self, node: yaml.Node, known: tuple[str, ...] | None, what: str, line: int | None = None
    ) -> Iterator[tuple[str, yaml.Node]]:
        """The entries of a mapping, with unknown and repeated keys reported."""
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, f"{what} should be a mapping", "write `key: value` lines", line)
            return
        seen = set()
        for key, value in node.value:
            name = str(key.value)
            if known is not None and name not in known:
                self.problem(key, f"unknown key `{name}` in {what}", f"known keys are {', '.join(known)}")
            elif name in seen:
                self.problem(key, f"key `{name}` is written twice in {what}", "keep one of them")
            else:
                seen.add(name)
                yield name, value

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.problem(node, f"{what} should be a list", "write one `- ...` line per item")
        return []

    def text(self, node: yaml.Node, what: str) -> str:
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self.problem(node, f"{what} should be text", "write it on one line, in quotes if it holds `: `")
        return ""

    def truth(self, node: yaml.Node, what: str) -> bool:
        text = self.text(node, what)
        if text not in ("true", "false"):
            self.problem(node, f"{what} should be true or false", "write true or false")
        return text == "true"

    def predicate(self, name: str, node: yaml.Node) -> None:
        if not is_name(name):
            self.problem(node, f"`{name}` cannot name a predicate", "names are lower-case letters, digits and `_`")
        doc, given, fields = "", False, []
        for key, value in self.entries(node, PREDICATE_KEYS, f"predicate `{name}`"):
            if key == "doc":
                doc = self.text(value, "`doc`")
            elif key == "given":
                given = self.truth(value, "`given`")
            else:
                fields = [self.field(*entry) for entry in self.entries(value, None, "`fields`")]
        fields.sort()
        self.written.predicates.append(Predicate(name, tuple(fields), doc, given, self.path, _line(node)))

    def field(self, name: str, node: yaml.Node) -> Field:
        if not is_name(name):
            self.problem(node, f"`{name}` cannot name a field", "names are lower-case letters, digits and `_`")
        if isinstance(node, yaml.SequenceNode):
            return Field(name, ENUMERATION, tuple(self.text(item, f"a value of `{name}`") for item in node.value))
        kind = self.text(node, f"the type of `{name}`")
        if kind not in KINDS:
            known = f"types are {', '.join(KINDS)}, or a list of the allowed values"
            self.problem(node, f"field `{name}` has the unknown type `{kind}`", known)
            kind = TEXT
        return Field(name, kind)

    def rules(self, node: yaml.Node) -> None:
        for item in self.items(node, "`rules`"):
            self.one_rule(item)
            self.rule = ""

    def one_rule(self, node: yaml.Node) -> None:
        before = len(self.written.problems)
        # Known before the rest is read, so that every problem can name its rule.
        entries = node.value if isinstance(node, yaml.MappingNode) else ()
        self.rule = next((str(v.value) for k, v in entries if k.value == "rule" and isinstance(v, yaml.ScalarNode)), "")
        parts = dict(self.entries(node, RULE_KEYS, "a rule"))
        if "rule" in parts:
            self.text(parts["rule"], "`rule`")
        for key, remedy in (("rule", "give it a name"), ("if", "write its conditions"), ("then", "write `then: ...`")):
            if key not in parts and isinstance(node, yaml.MappingNode):
                self.problem(node, f"the rule has no `{key}`", remedy)
        body = [self.parsed(item, parse_condition) for item in self.items(parts["if"], "`if`")] if "if" in parts else []
        head = self.parsed(parts["then"], parse_atom) if "then" in parts else None
        says = self.says(parts["says"]) if "says" in parts else ()
        cites = (
            [self.text(item, "a citation") for item in self.items(parts["cites"], "`cites`")]
            if "cites" in parts
            else []
        )
        overrides = "overrides" in parts and self.truth(parts["overrides"], "`overrides`")
        if len(self.written.problems) > before or not isinstance(head, Atom):
            return
        conditions = tuple(c for c in body if c is not None)
        lines = (*(_line(item) for item in parts["if"].value), _line(parts["then"]))
        rule = Rule(self.rule, conditions, head, says, tuple(cites), overrides, self.path, _line(node), lines)
        self.written.rules.append(rule)

    def parsed(self, node: yaml.Node, parse: Callable[[str], Condition]) -> Condition | None:
        text = self.text(node, "a condition or conclusion")
        try:
            return parse(text) if isinstance(node, yaml.ScalarNode) else None
        except BadSyntax as error:
            where = f"{error.reason} at character {error.position + 1} of `{text}`"
            self.problem(node, where, error.remedy)
            return None

    def says(self, node: yaml.Node) -> tuple[tuple[str, str], ...]:
        if isinstance(node, yaml.ScalarNode):
            return (("en", str(node.value)),)
        return tuple(sorted((key, self.text(value, "a sentence")) for key, value in self.entries(node, None, "`says`")))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
