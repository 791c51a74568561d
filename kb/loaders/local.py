"""A site's local evidence that a curator accepted, with the studies and pseudonymous patients behind it.

What is proposed or rejected is named and left out; its patients too, unless an accepted item counts them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kb.errors import UnreadableOutcomes, UnreadableSource
from kb.loaders.base import Loader, Report
from kb.normalizer import Normalizer
from kb.outcomes import ACCEPTED, Local, Outcome, accepted_part, read_local, triples
from kb.rdf import digest
from kb.statements import Row, Tables


def load(path: Path, names: Normalizer, report: Report) -> Tables:
    """The accepted items and their studies as rows; UnreadableSource when the file is none of `outcomes propose`.

    A row holds statements as N-Triples lines in `statements`. Everything in it must be known to the other sources.
    """
    try:
        local = read_local(path)
    except UnreadableOutcomes as error:
        raise UnreadableSource(error.place, error.problem, error.remedy) from error
    kept = accepted_part(local)
    problems = [
        problem for item in kept.items for problem in _unknown(names, item.biomarker, item.regimen, item.tumor_type)
    ]
    if problems:
        raise UnreadableSource(str(path), "; ".join(dict.fromkeys(problems)), "build with the sources that have them")
    _tell(local, report)
    rows = {"local": _rows((*kept.items, *kept.curations)), "studies": _rows((*kept.studies, *kept.outcomes))}
    report.release = digest(line for table in rows.values() for row in table for line in row["statements"].split("\n"))[
        7:19
    ]
    return Tables(rows)


def _unknown(names: Normalizer, biomarker: str, regimen: str, tumor: str) -> Iterable[str]:
    if biomarker not in names.biomarkers:
        yield f"no biomarker {biomarker!r} in this release"
    if not names.is_tumor_type(tumor):
        yield f"no tumor type {tumor!r} in this release"
    for drug in regimen.split("+"):
        if not names.knows_therapy(drug):
            yield f"no therapy {drug!r} in this release"


def _tell(local: Local, report: Report) -> None:
    for item in local.items:
        status = local.status(item.id)
        report.meet("local evidence", True)
        if status == ACCEPTED:
            report.take("local evidence")
        else:
            report.leave(status, item.id)
    for status, ids in report.left.items():
        report.notes.append(f"{len(ids)} {status}, not in the graph: {', '.join(ids)}")


def _rows(values: Iterable[Outcome]) -> tuple[Row, ...]:
    return tuple(
        Row(
            id=value.id,
            study=getattr(value, "study", value.id),
            regimen=getattr(value, "regimen", ""),
            statements="\n".join(" ".join((*triple, ".")) for triple in triples(value)),
        )
        for value in values
    )


LOADER = Loader(
    name="local",
    title="outcomes of the site's studies, accepted as local evidence",
    reads="a file of `mtb-match outcomes accept`",
    licence="the site's own",
    address="the site's own file",
    load=load,
)
