"""Every remark that the VCF reader makes on a row: its severity, its words and its remedy."""

from __future__ import annotations

from matcher.notes import Severity
from matcher.readers.columns import FILTERED_REMEDY
from matcher.readers.tally import Kind

_INFO, _WARNING, _ERROR = Severity.INFO, Severity.WARNING, Severity.ERROR

MISFIT = Kind(
    _ERROR,
    "the row cannot be read: {}",
    "rows that cannot be read",
    "give it the same number of columns as the header",
)
FILTERED = Kind(_INFO, "filtered: {}", "calls that a filter took out", FILTERED_REMEDY)
REFERENCE = Kind(_INFO, "no alternate allele: a reference call", "reference calls", "nothing to do")
STAR = Kind(_INFO, "a star allele: the deletion is in another row", "star alleles", "nothing to do")
NOT_CALLED = Kind(
    _INFO,
    "{} is not called in {}",
    "alleles that are not called in the sample",
    "choose another sample with --sample",
)
NOT_ANNOTATED = Kind(
    _INFO,
    "the row is not annotated: only its coordinates are known",
    "rows without annotation, of which only the coordinates are known",
    "annotate the file again with VEP or SnpEff",
)
NOT_KEPT = Kind(
    _WARNING,
    "the row is not annotated, and too many are to keep it",
    "rows without annotation beyond what can be kept",
    "annotate the file again with VEP or SnpEff",
)
OTHER_ALLELE = Kind(
    _WARNING,
    "no annotation for the allele {}",
    "alleles without annotation in annotated rows",
    "write one allele in a row (bcftools norm -m -any) and annotate the file again",
)
NOT_CODING = Kind(
    _INFO,
    "no coding sequence, splice site or promoter is changed: {}",
    "calls outside coding sequences, splice sites and promoters",
    "nothing to do",
)
NO_GENE = Kind(_INFO, "no gene: {}", "calls in no gene", "nothing to do")
UNREADABLE_PROTEIN = Kind(
    _WARNING,
    "unreadable protein change {!r} of {}: the row is kept without it",
    "unreadable protein changes",
    "write it as HGVS (p.V600E)",
)
UNREADABLE_NUMBER = Kind(
    _WARNING,
    "{} {!r} cannot be read: left out",
    "depths and allele fractions that cannot be read",
    "write a depth from 0, and one fraction from 0 to 1, with a point, for each alternate allele",
)
BEYOND = Kind(
    _WARNING,
    "position {}:{} is beyond the end of the chromosome in {} ({}): the header states the wrong assembly",
    "positions beyond the end of their chromosome in the stated assembly",
    "correct the assembly in the header or make the calls again",
)
STRUCTURAL = Kind(
    _INFO,
    "structural variant {} in {}: no gene-level result is annotated",
    "structural variants without a gene-level result",
    "give fusions and copy numbers as tables",
)
NO_MATE_GENE = Kind(
    _INFO,
    "breakend in {} whose mate lies in no gene: no fusion of two genes",
    "breakends whose mate lies in no gene",
    "check it if a fusion of the gene was expected",
)
NO_MATE = Kind(
    _WARNING,
    "breakend in {} to {}, where no annotated row of the file is: the partner is not known",
    "breakends of which the other side is not annotated",
    "annotate both breakends, or give fusions as a table",
)
INTERGENIC = Kind(_INFO, "structural variant {} in no gene", "structural variants in no gene", "nothing to do")
UNPLACED_BREAKEND = Kind(
    _WARNING,
    "structural variant {} without annotation: its genes are not known",
    "structural variants without annotation, of which the genes are not known",
    "annotate the file with VEP or SnpEff, or give fusions as a table",
)
TOLD_WITH_MATE = Kind(_INFO, "the mate of row {}: told there", "breakends told with their mates", "nothing to do")
NO_SENSE = Kind(
    _INFO,
    "{} and {} are joined on strands that make no common transcript: which is 5' is not told",
    "joins of two genes that make no common transcript",
    "check the fusion on RNA",
)
