"""Rule files as written: YAML to rules and predicates with their lines. Build time only; this imports PyYAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from rules.check_words import template_problems
from rules.errors import ERROR, WARNING, BadSyntax, Problem
from rules.language import (
    BOOLEAN,
    DATE,
    ENUMERATION,
    INTEGER,
    LANGUAGES,
    NUMBER,
    TEXT,
    Atom,
    Condition,
    Field,
    Predicate,
    Rule,
    Said,
    Word,
    is_name,
    parse_atom,
    parse_condition,
)
from rules.problems import nearest

KINDS = (TEXT, DATE, INTEGER, NUMBER, BOOLEAN)
RULE_KEYS = ("rule", "says", "cites", "if", "then", "overrides", "doc")
PREDICATE_KEYS = ("doc", "fields", "given", "says", "absent")
_TYPES = {
    other: f"did you mean `{kind}`?"
    for kind, others in {
        TEXT: ("text", "str", "string"),
        INTEGER: ("int", "integer", "whole"),
        NUMBER: ("float", "double", "real", "number", "decimal"),
        BOOLEAN: ("bool", "boolean", "yes/no"),
        DATE: ("datetime", "day", "date"),
    }.items()
    for other in others
}
DEEPEST = 100
"""Lists within lists; a rule file has five or so."""
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Written:
    """What a rule file says: rules and predicates that could be read, and the problems of those that could not.

    `doubtful` names the predicates whose declaration has a problem; `is_whole` is false where an unknown part of the
    file could not be read at all. What speaks of such predicates cannot be judged.
    """

    rules: list[Rule] = field(default_factory=list)
    predicates: list[Predicate] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    is_whole: bool = True


def read(path: Path, content: bytes) -> Written:
    """What a rule file of this content says. Nothing raises: a file that is no YAML is one problem."""
    written = Written()
    problem = None
    try:
        text = content.decode("utf-8-sig")
        problem = _first_fault(path, text)
        root = None if problem else yaml.compose(quote_atoms(text), Loader=LOADER)
    except UnicodeDecodeError as error:
        problem = _encoding_problem(path, error)
    except yaml.YAMLError as error:
        problem = _yaml_problem(path, text, error)
    else:
        if root is not None:
            _Reader(str(path), written).file(root)
            # A problem of no rule and no predicate: what stood there is lost.
            written.is_whole = all(each.rule for each in written.problems)
    if problem:
        written.problems.append(problem)
        written.is_whole = False
    elif root is None:
        remedy = "write `predicates:`, `rules:` or `words:` in it, or remove it"
        written.problems.append(Problem(str(path), "", 1, "the file holds nothing", remedy, WARNING))
    return written


def _first_fault(path: Path, text: str) -> Problem | None:
    """What keeps a text from being handed to YAML: control characters, nesting without end, anchors."""
    odd = _UNPRINTABLE.search(text)
    if odd:
        message = f"not valid YAML: the character U+{ord(odd.group()):04X} cannot stand in a text file"
        line = text.count("\n", 0, odd.start()) + 1
        return Problem(str(path), "", line, message, "save the file as plain UTF-8 text")
    try:
        return _structure_fault(path, quote_atoms(text))
    except yaml.YAMLError:
        return None  # told when it is read


def _structure_fault(path: Path, text: str) -> Problem | None:
    """Nesting that would break the reader, which is recursive, and references, which YAML resolves out of sight."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            message = f"not valid YAML: lists within lists, more than {DEEPEST} deep"
            return Problem(str(path), "", line, message, "write one `- ...` line per item")
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            message = (
                f"`{'*' if isinstance(event, yaml.AliasEvent) else '&'}{event.anchor}` is a reference to another place"
            )
            remedy = "write out what it stands for, or quote it where it is text: a rule is read where it stands"
            return Problem(str(path), "", line, message, remedy)
    return None


def quote_atoms(text: str) -> str:
    """The same YAML with every bare atom of a list item or a key such as `then:` in quotes; no line moves.

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
    key = _KEY.match(line, at)
    if key:
        at = key.end()
    if at == len(line) - len(rest):
        return -1
    return at if _ATOM.match(line, at) else -1


_KEY = re.compile(r"(?!(?:rule|says|absent|cites|doc|en|zh):)[A-Za-z]+: +")
"""`then:`, or what may stand in its place by mistake; keys whose text is no atom are left out."""
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not take."""
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


def _encoding_problem(path: Path, error: UnicodeDecodeError) -> Problem:
    line = error.object[: error.start].count(b"\n") + 1
    is_utf16 = error.object[:2] in (b"\xff\xfe", b"\xfe\xff")
    message = "is UTF-16 text" if is_utf16 else f"is not UTF-8 text (byte 0x{error.object[error.start]:02X})"
    return Problem(str(path), "", line, f"cannot be read: it {message}", "save it as UTF-8 text")


def _yaml_problem(path: Path, text: str, error: yaml.YAMLError) -> Problem:
    opened = (
        getattr(error, "context_mark", None) if "quoted scalar" in (getattr(error, "context", None) or "") else None
    )
    mark = opened or getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    remedy = "check the indentation, and quote text that starts with a bracket or a mark, or holds `: ` or ` #`"
    lines = text.splitlines()
    tabbed = [n for n in (line, line - 1) if 0 < n <= len(lines) and "\t" in _indent(lines[n - 1])]
    if tabbed:
        line, reason, remedy = tabbed[0], "a tab in the indentation", "indent with spaces"
    elif "another document" in reason or "single document" in (getattr(error, "context", None) or ""):
        reason, remedy = "a second document begins here", "remove the `---`, or put it into a file of its own"
    return Problem(str(path), "", line, f"not valid YAML: {_PLAIN.get(reason, reason)}", remedy)


_PLAIN = {
    "did not find expected key": "this line does not belong where it stands",
    "did not find expected '-' indicator": "this line does not belong to the list above it",
    "mapping values are not allowed in this context": "a `: ` where none can stand",
    "mapping values are not allowed here": "a `: ` where none can stand",
    "block sequence entries are not allowed in this context": "a `- ` where none can stand",
    "could not find expected ':'": "a line without `: `, here or just above",
    "found unexpected end of stream": "a quote that is never closed",
    "found character that cannot start any token": "text that starts with a mark and is not quoted",
    "did not find expected ',' or ']'": "a list in brackets that is never closed, or lacks a comma",
    "did not find expected ',' or '}'": "a mapping in braces that is never closed, or lacks a comma",
}
"""What YAML's reader says, in words that say what to look for."""


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


class _Reader:
    """Walks one file's YAML nodes and adds what it finds to `written`."""

    def __init__(self, path: str, written: Written) -> None:
        self.path, self.written = path, written
        self.rule = ""

    def problem(
        self, node: yaml.Node, message: str, remedy: str, line: int | None = None, severity: str = ERROR
    ) -> None:
        place = _line(node) if line is None else line
        self.written.problems.append(Problem(self.path, self.rule, place, message, remedy, severity))

    def file(self, root: yaml.Node) -> None:
        if isinstance(root, yaml.SequenceNode):
            self.rules(root)
            return
        if isinstance(root, yaml.MappingNode) and any(key.value == "rule" for key, _ in root.value):
            self.problem(root, "a rule stands outside of a list", "write `- rule: ...`, and indent the rest under it")
            return
        for key, node in self.entries(root, ("predicates", "rules", "words"), "the file"):
            if key == "predicates":
                for name, declared in self.entries(node, None, "`predicates`"):
                    self.rule = name
                    self.predicate(name, declared)
                    self.rule = ""
            elif key == "words":
                for name, values in self.entries(node, None, "`words`"):
                    self.rule = name
                    self.words(name, values)
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
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                self.problem(key, f"a key in {what} is no word", "write `key: value` lines")
            elif known is not None and name not in known:
                self.problem(key, f"unknown key `{name}` in {what}", nearest(name, known))
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
        before = len(self.written.problems)
        if not is_name(name):
            self.problem(node, f"`{name}` cannot name a predicate", "names are lower-case letters, digits and `_`")
        doc, given, fields, templates = "", False, [], {}
        for key, value in self.entries(node, PREDICATE_KEYS, f"predicate `{name}`"):
            if key == "doc":
                doc = self.text(value, "`doc`")
            elif key == "given":
                given = self.truth(value, "`given`")
            elif key != "fields":
                templates[key] = value
            else:
                fields = [self.field(*entry) for entry in self.entries(value, None, "`fields`")]
        fields.sort()
        if len(self.written.problems) > before:
            self.written.doubtful.add(name)
        says, absent = (self.statement(templates.get(key), fields) for key in ("says", "absent"))
        self.written.predicates.append(Predicate(name, tuple(fields), doc, given, self.path, _line(node), says, absent))

    def statement(self, node: yaml.Node | None, fields: Sequence[Field]) -> Said:
        """What a fact of a predicate says, or its absence, in each language; placeholders are fields."""
        if node is None:
            return ()
        said = self.says(node)
        if isinstance(node, yaml.ScalarNode) and not str(node.value).strip():
            self.problem(node, "the sentence is empty", "write it, or leave it out")
        places = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else [node]
        lines = {str(value.value): value for value in places}
        for text, message, remedy, severity in template_problems(said, {each.name for each in fields}):
            self.problem(lines.get(text, node), message, remedy, severity=severity)
        return said

    def words(self, name: str, node: yaml.Node) -> None:
        """What the values of a field are called."""
        for value, said in self.entries(node, None, f"`{name}`"):
            self.written.words.append(Word(name, value, self.says(said), self.path, _line(said)))

    def field(self, name: str, node: yaml.Node) -> Field:
        if not is_name(name):
            self.problem(node, f"`{name}` cannot name a field", "names are lower-case letters, digits and `_`")
        if isinstance(node, yaml.SequenceNode):
            return Field(name, ENUMERATION, tuple(self.text(item, f"a value of `{name}`") for item in node.value))
        kind = self.text(node, f"the type of `{name}`")
        if kind not in KINDS:
            known = f"types are {', '.join(KINDS)}, or a list of the allowed values"
            self.problem(node, f"field `{name}` has the unknown type `{kind}`", _TYPES.get(kind.lower(), known))
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

    def says(self, node: yaml.Node) -> Said:
        if isinstance(node, yaml.ScalarNode):
            return (("en", str(node.value)),)
        found = []
        for key, value in self.entries(node, None, "`says`"):
            text = self.text(value, "a sentence")
            if key not in LANGUAGES:
                remedy = 'write `says: {en: "...", zh: "..."}`, and quote a sentence that starts with a variable'
                self.problem(value, f"unknown language `{key}`", remedy)
            elif isinstance(value, yaml.ScalarNode) and not text.strip():
                self.problem(value, f"the sentence ({key}) is empty", "write it, or leave the language out")
            found.append((key, text))
        return tuple(sorted(found))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
