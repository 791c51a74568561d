"""`mtb-match verify`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.asking import (
    LANGUAGES,
    Asked,
    AsOf,
    AssayOption,
    BuildOption,
    EngineOption,
    Jurisdiction,
    KbOption,
    Lang,
    Out,
    SampleOption,
    Strict,
    TumorType,
    day,
    one_of,
)
from cli.curated import CurationFile, Include, curated
from cli.rule_files import RulesOption
from cli.shown import Form, checked, show

if TYPE_CHECKING:
    from kb.graph import KnowledgeBase

ProofArgument = Annotated[
    Path, typer.Argument(metavar="PROOF", help="A proof, or the answer of `why --format json`; - is stdin.")
]
PatientOption = Annotated[
    Path | None,
    typer.Option("--patient", help="The patient's file: match it anew, and compare. The options below are for it."),
]


def verify(
    proof: ProofArgument,
    patient: PatientOption = None,
    form: Form = "text",
    lang: Lang = "en",
    out: Out = None,
    kb: KbOption = None,
    rules: RulesOption = None,
    engine: EngineOption = None,
    tumor_type: TumorType = None,
    jurisdiction: Jurisdiction = None,
    assay: AssayOption = None,
    sample: SampleOption = None,
    as_of: AsOf = None,
    strict: Strict = False,
    build: BuildOption = None,
    curation: CurationFile = None,
    include: Include = None,
) -> None:
    """Check a proof: replay every step against graph and rules. Exit code 1 when it does not hold."""
    from cli.piped import readable
    from matcher.case import Request
    from matcher.proof_reading import read_proof_file
    from matcher.report.verification import document, structure
    from matcher.verify import Verdict, matched_anew
    from matcher.verify import verify as verified

    form, lang = checked(form), one_of(lang, LANGUAGES, "--lang")
    read = read_proof_file(readable(proof), str(proof))
    path = proof if patient is None else readable(patient)
    date = read.claim.as_of if as_of is None else day(as_of)
    request = Request(path, date, tumor_type, jurisdiction, None, assay, sample, strict, build)
    asked = Asked(request, kb, rules, engine, curated(curation, include, date))
    knowledge, by, evaluator = _knowledge(asked, read.kb_digest), asked.rule_set(), asked.evaluator()
    anew = None if patient is None else matched_anew(read, request, knowledge, by, evaluator)
    found = verified(read, knowledge, by, evaluator, anew)
    show(lambda: document(found, lang), lambda: structure(found), form, out)
    if found.verdict is Verdict.FAILS:
        raise typer.Exit(1)


def _knowledge(asked: Asked, digest: str) -> "KnowledgeBase":
    """The graph of the proof's day; that of now where it is the one of the proof: days begin later in the west."""
    found = asked.knowledge()
    if found.digest == digest or asked.curated.journal is None:
        return found
    now = asked._replace(curated=asked.curated._replace(day=None)).knowledge()
    return now if now.digest == digest else found
