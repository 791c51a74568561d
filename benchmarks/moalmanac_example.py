"""The example patient of the Molecular Oncology Almanac: what is listed here for each event that it calls actionable.

DIR is the `example_data` folder of vanallenlab/moalmanac (inputs, and `example_output` with its own answer). STORE is a
built graph, or `starter`.

One patient file names the example's files as they are: somatic variants and indels, called copy numbers and fusions of
the tumor, and the variants of normal tissue. Tumor type (MEL), stage, purity and ploidy are those of its metadata; MSI
is the status that its own run was told, and TMB the one that it worked out. Jurisdiction US. For each row of
`example_output.actionable.txt`: the biomarkers that the event makes present here, whether the therapies that the
Almanac names are listed or to be avoided here, and how many regimens rest on the event.

    python -m benchmarks.moalmanac_example DIR STORE
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kb.alteration import Alteration, Fusion, MarkerValue
from kb.graph import KnowledgeBase, open_knowledge_base
from kb.store import cache_folder
from kb.therapies import UnknownTherapy
from matcher.biomarker_status import BiomarkerStatus
from matcher.case import Request, match
from matcher.recommend import Answer, answer
from rules.engine import default_engine_name
from rules.library import LIBRARY
from rules.load import load

TODAY = "2026-11-20"


class Event(NamedTuple):
    """One row of the Almanac's answer; the therapies are those of its best match for and against."""

    kind: str
    feature: str
    change: str
    rating: str
    sensitive: str
    resistant: str

    @property
    def label(self) -> str:
        """The event as the Almanac writes it."""
        return " ".join(part for part in (self.kind, self.feature, self.change) if part)


def events(folder: Path) -> tuple[Event, ...]:
    """The rows of the Almanac's `actionable` table."""
    path = folder / "example_output" / "example_output.actionable.txt"
    with path.open(encoding="utf-8", newline="") as handle:
        return tuple(
            Event(
                row["feature_type"],
                row["feature"],
                row["alteration"] or row["alteration_type"],
                row["score_bin"],
                row["sensitive_therapy_name"],
                row["resistance_therapy_name"],
            )
            for row in csv.DictReader(handle, delimiter="\t")
        )


def patient_file(folder: Path) -> str:
    """The patient file that names the example's files."""
    start = folder.resolve() / "example_patient"
    tumor = {
        "id": "tumor", "kind": "tissue", "purity": 0.85, "ploidy": 4.02,
        "variants": [f"{start}.capture.somatic.snvs.maf", f"{start}.capture.somatic.indels.maf"],
        "copy_number": f"{start}.capture.somatic.called.cna.txt", "fusions": f"{start}.rna.star.fusions.txt",
    }  # fmt: skip
    normal = {"id": "normal", "kind": "normal", "variants": f"{start}.capture.germline.maf"}
    patient = {
        "id": "example", "tumor_type": "MEL", "jurisdiction": "US", "stage": "metastatic",
        "biomarkers": {"MSI": "MSI-H", "TMB": "6.821"}, "samples": [tumor, normal],
    }  # fmt: skip
    return json.dumps(patient, indent=1)


def run(folder: Path, knowledge: KnowledgeBase) -> Answer:
    """The answer for the example patient."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "example.json"
        path.write_text(patient_file(folder), encoding="utf-8")
        return answer(match(Request(path, TODAY), knowledge, load([LIBRARY], cache_folder()), default_engine_name()))


def rests_on(status: BiomarkerStatus | None, event: Event) -> bool:
    """Whether the event is what makes a biomarker present."""
    return status is not None and any(_is(alteration, event) for alteration in status.alterations)


def _is(alteration: Alteration, event: Event) -> bool:
    if isinstance(alteration, MarkerValue):
        return event.feature == "MSI-High" and alteration.marker == "MSI"
    if isinstance(alteration, Fusion):
        return event.kind == "Rearrangement" and event.feature in alteration.genes
    is_copy_number = not hasattr(alteration, "protein")
    of_normal = alteration.sample == "normal"
    kind = "Copy Number" if is_copy_number else "Germline Variant" if of_normal else "Somatic Variant"
    return alteration.gene == event.feature and event.kind == kind


def seen(found: Answer, event: Event) -> tuple[str, ...]:
    """The labels of the biomarkers that the event makes present."""
    return tuple(
        status.label for status in found.biomarkers if status.status.value == "present" and rests_on(status, event)
    )


def regimens(found: Answer, event: Event) -> dict[tuple[str, ...], str]:
    """The regimens that rest on the event, each with its best tier, in the answer's order."""
    listed: dict[tuple[str, ...], str] = {}
    for each in found.recommendations:
        for option in (each.option, *each.also):
            if rests_on(option.item.status, event):
                listed.setdefault(option.regimen, option.tier or "")
    return listed


def _ids(names: str, knowledge: KnowledgeBase) -> tuple[str, ...]:
    """The therapies of the Almanac's cell (`A + B`), sorted, as the graph names them."""

    def known(name: str) -> str:
        try:
            return knowledge.therapy(name).id
        except UnknownTherapy:
            return name.removesuffix("-gxly").lower()

    return tuple(sorted(known(name.strip()) for name in names.split(" + "))) if names else ()


def here(event: Event, found: Answer, knowledge: KnowledgeBase) -> str:
    """Whether the Almanac's therapy for the event is listed here for it, in a regimen or of its own."""
    wanted, listed = _ids(event.sensitive, knowledge), regimens(found, event)
    if not wanted:
        return ""
    if wanted in listed:
        return listed[wanted]
    wider = next((f"{tier}, as {' + '.join(one)}" for one, tier in listed.items() if set(wanted) <= set(one)), None)
    return wider or "not listed"


def report(found: Answer, folder: Path, knowledge: KnowledgeBase) -> Iterator[str]:
    """The table of docs/real-patients.md, without its last column, and the notes on the files."""
    yield "| the Almanac's event | its rating | for | here | regimens here | biomarkers present |"
    yield "|---|---|---|---|---|---|"
    for event in events(folder):
        cells = (event.label, event.rating, event.sensitive, here(event, found, knowledge))
        count, labels = len(regimens(found, event)), "; ".join(seen(found, event))
        yield f"| {' | '.join(cells)} | {count} | {labels} |"
    yield ""
    for against in found.avoided:
        yield f"to be avoided: {' + '.join(against.regimen)}: {against.message}"
    for note in found.notes:
        yield f"{note.severity.value} {note.where}: {note.message}"


def main(folder: Path, store: str) -> None:
    knowledge = open_knowledge_base(None if store == "starter" else store)
    print("\n".join(report(run(folder, knowledge), folder, knowledge)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2])
