"""What a source is (a publication, a label, a registration, ...), and the ids of the paper that it names."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

PUBLICATION, ABSTRACT, LABEL, GUIDELINE = "publication", "abstract", "label", "guideline"
REGISTRATION, DATABASE, WEB_PAGE, UNPUBLISHED = "registration", "database", "web page", "unpublished"

KINDS = (PUBLICATION, ABSTRACT, LABEL, GUIDELINE, REGISTRATION, DATABASE, WEB_PAGE, UNPUBLISHED)
"""Every kind of source; `unpublished` is one without an address, such as a study protocol of the site."""

_HOSTS = {
    "accessdata.fda.gov": LABEL,
    "fda.gov": LABEL,
    "dailymed.nlm.nih.gov": LABEL,
    "ema.europa.eu": LABEL,
    "nmpa.gov.cn": LABEL,
    "cde.org.cn": LABEL,
    "nccn.org": GUIDELINE,
    "clinicaltrials.gov": REGISTRATION,
    "chictr.org.cn": REGISTRATION,
    "clinicaltrialsregister.eu": REGISTRATION,
    "euclinicaltrials.eu": REGISTRATION,
    "civicdb.org": DATABASE,
    "moalmanac.org": DATABASE,
    "oncokb.org": DATABASE,
    "cancergenomeinterpreter.org": DATABASE,
    "meetinglibrary.asco.org": ABSTRACT,
    "meetings.asco.org": ABSTRACT,
    "pubmed.ncbi.nlm.nih.gov": PUBLICATION,
    "pmc.ncbi.nlm.nih.gov": PUBLICATION,
    "europepmc.org": PUBLICATION,
}
"""Whose addresses are of which kind; a host's subdomains are of its kind too."""

_LABELS = (
    (re.compile(r"NCT\d{8}$|ChiCTR"), REGISTRATION),
    (re.compile(r"(FDA|EMA|NMPA) (label|EPAR)|.*说明书"), LABEL),
    (re.compile(r"(NCCN|ESMO|CSCO|WHO) (guideline|classification)"), GUIDELINE),
    (re.compile(r"(ASCO|ASH|ESMO|AACR) [A-Za-z0-9-]*\d+$"), ABSTRACT),
    (re.compile(r"CIViC (EID|AID)|MOAlmanac|OncoKB"), DATABASE),
    (re.compile(r"PMID:\d+$"), PUBLICATION),
)

_DOI = re.compile(r"10\.\d{4,9}/[^\s?#\"<>]+", re.IGNORECASE)
_PUBMED = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(\d+)")
_AFTER_DOI = re.compile(r"/(full|abstract|pdf|fulltext|epdf|html)$", re.IGNORECASE)


def source_kind(label: str, address: str | None) -> str:
    """Which of `KINDS` a source is, by its address, or else by its label.

    >>> source_kind("PMID:25184630", "https://pubmed.ncbi.nlm.nih.gov/25184630/")
    'publication'
    >>> source_kind("NCT01234567", "https://clinicaltrials.gov/study/NCT01234567")
    'registration'
    """
    host = (urlsplit(address).hostname or "").removeprefix("www.") if address else ""
    by_host = next((kind for name, kind in _HOSTS.items() if host == name or host.endswith(f".{name}")), None)
    by_label = next((kind for form, kind in _LABELS if form.match(label)), None)
    if by_host or by_label:
        return by_host or by_label or WEB_PAGE
    dois = [each for each in papers(label, address) if each.startswith("doi:")]
    if dois:
        return ABSTRACT if "_suppl" in dois[0] else PUBLICATION
    return WEB_PAGE if address else UNPUBLISHED


def papers(label: str, address: str | None = None) -> tuple[str, ...]:
    """The ids of the paper that a source names: `PMID:123`, `doi:10.1000/xyz` (in lower case); none for others.

    >>> papers("the trial", "https://www.nejm.org/doi/full/10.1056/NEJMoa0900212")
    ('doi:10.1056/nejmoa0900212',)
    """
    found = [f"PMID:{int(number)}" for number in re.findall(r"^PMID:\s*(\d+)$", label)]
    if address:
        found += [f"PMID:{int(number)}" for number in _PUBMED.findall(address)]
    found += [_doi(each) for text in (label, address or "") for each in _DOI.findall(unquote(text))]
    return tuple(dict.fromkeys(found))


def _doi(text: str) -> str:
    bare = text.rstrip(".,;)]/")
    return f"doi:{_AFTER_DOI.sub('', bare).lower()}"
