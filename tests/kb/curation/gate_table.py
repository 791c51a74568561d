"""The table of the gate's checks in docs/gate.md, made from the shapes: `python -m tests.kb.curation.gate_table`."""

import re
from pathlib import Path

from kb import terms as t
from kb.curation.gate_shapes import Shape, all_shapes

PAGE = Path(__file__).parents[3] / "docs" / "gate.md"
SEVERITIES = {"Violation": "error", "Warning": "warning", "Info": "note"}
_TABLE = re.compile(r"(<!-- the table is made .*? -->\n).*?(<!-- end -->)", re.DOTALL)


def table() -> str:
    """The checks of the gate, the gravest of each name first."""
    shapes = [shape for shape in all_shapes() if shape.of_gate]
    ordered = sorted(shapes, key=lambda shape: (shape.check, list(SEVERITIES).index(shape.severity), shape.iri))
    return "\n".join(["| check | severity | shape | why |", "|---|---|---|---|", *map(_row, ordered)])


def _row(shape: Shape) -> str:
    name = shape.iri.removeprefix(t.SHAPES)
    sources = " ".join(f"[{number}]({source})" for number, source in enumerate(shape.sources, start=1))
    why = f"{shape.words} {sources}".strip()
    return f"| {shape.check} | {SEVERITIES[shape.severity]} | `{name}` | {why} |"


def page() -> str:
    """The page with the table of today."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{table()}\n\n{found[2]}", PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
