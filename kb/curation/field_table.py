"""The fields of a statement: the columns of a table, the options of `kb add`, and what its form asks."""

from __future__ import annotations

from typing import NamedTuple

ENDPOINTS = (
    "CBR", "CR", "CyR", "DCR", "DFS", "DMFS", "DOR", "EFS", "HR", "MR", "ORR", "OS", "PFS", "QoL", "RFS", "TTF", "TTP",
    "pCR",
)  # fmt: skip
"""The endpoints that a study's design may name, as its shape lists them."""


class Field(NamedTuple):
    """One field: its name (a column of a table), its option, what to write, and the values to choose from, if any.

    A field of `several` takes values separated by `;`.
    """

    name: str
    option: str
    help: str
    choices: tuple[str, ...] = ()
    several: bool = False
    needed: bool = False


STATEMENT = (
    Field("gene", "--gene", "the gene: symbol or alias, such as EGFR; EML4::ALK for a fusion"),
    Field(
        "alteration",
        "--alteration",
        "what is found in it: L858R, Exon 19 Deletion, Amplification, Fusion, Loss, Mutation",
    ),
    Field(
        "profile",
        "--profile",
        "instead of these two: BRAF V600E AND NOT ( NRAS Mutation OR KRAS Mutation ), HER2 positive",
    ),
    Field("therapy", "--drug", "INN, brand or class; a + b together, a or b alternatives (an item each)", needed=True),
    Field("tumor_type", "--tumor-type", "OncoTree code or name, DOID; SOLID for any solid tumor", needed=True),
    Field("direction", "--direction", "what the source says of it", ("supports", "does not support"), needed=True),
    Field(
        "significance",
        "--significance",
        "of what",
        ("sensitivity", "resistance", "reduced sensitivity", "adverse response"),
        needed=True,
    ),
    Field(
        "level",
        "--level",
        "A validated, B clinical, C case study, D preclinical, E inferential",
        tuple("ABCDE"),
        needed=True,
    ),
    Field("source", "--source", "PMID:123, a DOI, an NCT number or an https address", several=True, needed=True),
    Field("origin", "--origin", "where it has to be found, if the source says so", ("somatic", "germline")),
    Field("nct", "--nct", "trial numbers, NCT and eight digits", several=True),
    Field("rating", "--rating", "the trust in the evidence, 1 to 5", tuple("12345")),
    Field("note", "--note", "what a reader should know"),
)
"""The fields of what is said, in the order in which they are asked for."""

DESIGN = (
    Field(
        "study", "--study",
        "the kind of study",
        (
            "meta-analysis", "randomized trial", "basket trial", "prospective trial", "prospective cohort",
            "retrospective cohort", "case-control", "case series", "case report", "in vivo", "in vitro", "in silico",
        ),
    ),
    Field("phase", "--phase", "its phase", ("1", "1/2", "2", "2/3", "3", "4")),
    Field("patients", "--patients", "how many patients the statement rests on"),
    Field(
        "comparator", "--comparator",
        "what it was compared with",
        (
            "standard of care", "placebo", "active control", "other dose", "no treatment", "alteration-negative",
            "historical", "none",
        ),
    ),
    Field("endpoints", "--endpoint", "endpoints that were better", ENDPOINTS, several=True),
    Field("reported", "--reported", "endpoints that were reported", ENDPOINTS, several=True),
    Field("stratified", "--stratified", "whether the patients were stratified by the biomarker", ("yes", "no")),
    Field("mcbs", "--mcbs", "the grade of the ESMO-MCBS", ("A", "B", "C", "1", "2", "3", "4", "5")),
)  # fmt: skip
"""The fields of the study's design; all may be left out."""

CURATION = (
    Field(
        "new_therapy",
        "--new-drug",
        "a drug of the therapy that the graph does not have: its name again, to say that it is meant",
        several=True,
    ),
    Field("verified", "--verified", "whether it was seen in the source", ("yes", "partly", "no")),
    Field("supersedes", "--supersedes", "the id of the item that this one is to replace"),
    Field("because", "--because", "why it is submitted"),
)
"""Fields about the entry itself."""

FIELDS = {field.name: field for field in (*STATEMENT, *DESIGN, *CURATION)}
"""All fields by name."""
