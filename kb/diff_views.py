"""A diff as a curator or a board reads it: text, Markdown, a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from kb import terms as t
from kb.content import plain
from kb.diff import CHANGES, Diff, FieldChange, ItemChange

MARKS = {"added": "+", "removed": "-", "changed": "~"}
WIDTH = 120
"""A change that does not fit into a line of this width is written with one field a line."""

# What is said of an item that came or went, beside what it is about.
_SAID = {
    "indication": (t.STATUS, t.APPROVED_ON, t.LINE),
    "evidence": (t.DIRECTION, t.SIGNIFICANCE, t.LEVEL),
    "trial": (t.PHASE, t.RECRUITMENT_STATUS),
    "design": (t.KIND, t.PHASE, t.COMPARATOR),
    "coverage": (t.LISTED, t.EFFECTIVE_YEAR),
    "caution": (t.EFFECT, t.VERIFIED),
}


def as_text(diff: Diff, limit: int | None = None) -> str:
    """A summary of counts by kind, then each change in one line or a few."""
    shown = diff.items if limit is None else diff.items[:limit]
    lines = [_releases(diff), ""]
    if not diff:
        return "\n".join([*lines, f"no differences{_elsewhere(diff)}", ""])
    lines += [*_table(diff), "", *_fields(diff)]
    for item in shown:
        lines += _lines(diff, item)
    left = diff.items[len(shown) :]
    if left:
        lines.append(f"... and {_more(left)}")
    if diff.of_other_kinds:
        lines.append(f"not shown{_elsewhere(diff)}")
    return "\n".join([*lines, ""])


def as_markdown(diff: Diff, limit: int | None = None) -> str:
    """The same as sections with lists."""
    shown = diff.items if limit is None else diff.items[:limit]
    lines = ["# Changes of the knowledge graph", "", _escaped(_releases(diff)), ""]
    if not diff:
        return "\n".join([*lines, f"No differences{_elsewhere(diff)}.", ""])
    lines += [f"| kind | {' | '.join(CHANGES)} |", "|---|--:|--:|--:|"]
    lines += [f"| {kind} | {' | '.join(str(n) for n in row.values())} |" for kind, row in diff.counts().items()]
    lines += ["", *(f"- {_escaped(line)}" for line in _fields(diff) if line)]
    kind = ""
    for item in shown:
        if item.kind != kind:
            kind = item.kind
            lines += ["", f"## {kind.capitalize()}", ""]
        head, *fields = _lines(diff, item, width=0)
        lines.append(f"- {MARKS[item.change]} {_escaped(head.partition(f'{item.kind} ')[2])}")
        lines += [f"  - {_escaped(line.strip())}" for line in fields]
    left = diff.items[len(shown) :]
    if left:
        lines += ["", f"... and {_more(left)}."]
    if diff.of_other_kinds:
        lines += ["", f"Not shown{_elsewhere(diff)}."]
    return "\n".join([*lines, ""])


def as_tsv(diff: Diff, limit: int | None = None) -> str:
    """One row for each changed field, and one for each item that came or went; a comment says what is not shown."""
    shown = diff.items if limit is None else diff.items[:limit]
    rows: list[tuple[str, ...]] = [("change", "kind", "id", "title", "field", "old", "new", "kept")]
    rows += [row for item in shown for row in _rows(diff, item)]
    text = "".join("\t".join(map(_cell, row)) + "\n" for row in rows)
    left = diff.items[len(shown) :]
    text += f"# ... and {_more(left)}\n" if left else ""
    return text + (f"# not shown{_elsewhere(diff)}\n" if diff.of_other_kinds else "")


VIEWS: dict[str, Callable[[Diff, int | None], str]] = {"text": as_text, "markdown": as_markdown, "tsv": as_tsv}


def _elsewhere(diff: Diff) -> str:
    """How many changes of other kinds there are, when only some kinds were asked for."""
    return f" ({diff.of_other_kinds} of other kinds)" if diff.of_other_kinds else ""


def _releases(diff: Diff) -> str:
    old, new = (f"{each.release} ({each.digest[:19]})" for each in (diff.old, diff.new))
    return f"{old} -> {new}"


def _table(diff: Diff) -> Iterator[str]:
    yield f"{'':<12}" + "".join(f"{change:>9}" for change in CHANGES)
    for kind, row in diff.counts().items():
        yield f"{kind:<12}" + "".join(f"{number:>9}" for number in row.values())


def _fields(diff: Diff) -> list[str]:
    """Which fields of the changed items changed, one line a kind, and an empty line after them."""
    lines = [
        f"{kind}: {', '.join(f'{name} in {number}' for name, number in fields.items())}"
        for kind, fields in diff.changed_fields().items()
    ]
    return [*lines, ""] if lines else []


def _lines(diff: Diff, item: ItemChange, width: int = WIDTH) -> list[str]:
    head = f"{MARKS[item.change]} {item.kind} {_flat(item.title)}"
    if item.change != "changed":
        said = ", ".join(_said(item))
        return [f"{head}: {said}" if said else head]
    fields = [field_text(diff, each) for each in item.fields]
    whole = f"{head}: {'; '.join(fields)}"
    if len(fields) == 1 or len(whole) <= width:
        return [whole]
    return [f"{head}:", *(f"    {each}" for each in fields)]


def field_text(diff: Diff, change: FieldChange) -> str:
    """One field: `level B -> A`, or the values that came and went where it has several."""
    old, new = _values(diff, change)
    if change.kept == 0 and len(old) <= 1 and len(new) <= 1:
        return f"{change.name} {_quoted(old)} -> {_quoted(new)}"
    parts = [*(f"+ {value}" for value in new), *(f"- {value}" for value in old)]
    kept = f" ({change.kept} as before)" if change.kept else ""
    return f"{change.name} {', '.join(parts)}{kept}"


def _values(diff: Diff, change: FieldChange) -> tuple[list[str], list[str]]:
    """The values that went and those that came; documents of the same label are told apart by their addresses."""
    texts = {value: _flat(diff.shown(value)) for value in (*change.removed, *change.added)}
    often = Counter(texts.values())

    def told(value: str) -> str:
        text = texts[value]
        return f"{text} ({value})" if often[text] > 1 else text

    return [told(value) for value in change.removed], [told(value) for value in change.added]


def _quoted(values: list[str]) -> str:
    return values[0] if values else "(none)"


def _said(item: ItemChange) -> Iterator[str]:
    values = {each.predicate: (*each.added, *each.removed) for each in item.fields}
    for name in _SAID.get(item.kind, ()):
        for value in values.get(name, ()):
            text = _flat(plain(value))
            yield f"level {text}" if name == t.LEVEL else f"line {text}" if name == t.LINE else text


def _rows(diff: Diff, item: ItemChange) -> Iterator[tuple[str, ...]]:
    first = (item.change, item.kind, item.id, item.title)
    if item.change != "changed":
        yield (*first, "", "", "", "")
        return
    for each in item.fields:
        old, new = _values(diff, each)
        yield (*first, each.name, " | ".join(old), " | ".join(new), str(each.kept))


def _more(items: tuple[ItemChange, ...]) -> str:
    kinds = Counter(item.kind for item in items)
    total = len(items)
    return f"{total} more change{'s' if total > 1 else ''}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items())


def _flat(text: str) -> str:
    """The text in one line, so that a change stays one."""
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>|#" else letter for letter in text)
