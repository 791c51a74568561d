"""What a document's labels and codes mean here: markers, drugs, tumor codes, zygosity, response."""

from __future__ import annotations

import re

LOINC_MARKERS = {
    "81695-9": "MSI",
    "94076-7": "TMB",
    "85337-4": "ER IHC",
    "85339-0": "PR IHC",
    "85319-2": "HER2 IHC",
    "85318-4": "HER2 ISH",
    "31150-6": "HER2 ISH",
    "48676-1": "HER2",
    "107286-7": "HRD",
}
"""Markers by LOINC code (https://loinc.org). A code that names no scale (85147-7, PD-L1 by clone 22C3) is not here."""

_LABELS = (
    (r"microsatellite (in)?stability|\bmsi\b", "MSI"),
    (r"tumou?r mutation(al)? burden|mutations? ?(/|per) ?megabase|\btmb\b", "TMB"),
    (r"mismatch repair|\bd?mmr\b", "MMR"),
    (r"homologous recombination deficiency|\bhrd\b", "HRD"),
    (r"claudin ?18\.2|cldn18\.2", "CLDN18.2"),
    (r"androgen receptor (splice )?variant 7|\bar-?v7\b", "AR-V7"),
)
_PROTEINS = (
    (r"\bher-?2\b|\berbb2\b", "HER2"),
    (r"o?estrogen receptor", "ER"),
    (r"progesterone receptor", "PR"),
    (r"\bpd-?l1\b|\bcd274\b|programmed (cell )?death[- ]ligand[- ]1", "PD-L1"),
)
_IHC = r"\bihc\b|immune ?stain|immunohisto|immunostain"
_ISH = r"\b(f|c|s|d)?ish\b|in situ hybridi[sz]ation"
_PD_L1_SCALES = (
    (r"\btps\b|tumou?r proportion score", "TPS"),
    (r"\bcps\b|combined positive score", "CPS"),
    (r"\bic\b|immune cells? (score|staining)", "IC"),
    (r"\btc\b", "TC"),
    (r"\btap\b|tumou?r area positivity", "TAP"),
)


def marker(label: str, loinc: str | None = None) -> str | None:
    """The name of the marker that an assay's code or label says unambiguously, None for another assay.

    PD-L1 without a score and HER2 without a method keep the bare name: a report's word speaks for them, no number.

    >>> marker("PD-L1 by clone 22C3 (Tumor Proportion Score)"), marker("HER2 by IHC"), marker("Hemoglobin") is None
    ('PD-L1 TPS', 'HER2 IHC', True)
    """
    if loinc in LOINC_MARKERS:
        return LOINC_MARKERS[loinc]
    text = label.lower()[:300]
    for pattern, name in _LABELS:
        if re.search(pattern, text):
            return name
    proteins = [name for pattern, name in _PROTEINS if re.search(pattern, text)]
    if len(proteins) != 1:
        return None
    scales = [scale for pattern, scale in _PD_L1_SCALES if re.search(pattern, text)] if proteins == ["PD-L1"] else []
    if not scales and proteins != ["PD-L1"]:
        scales = [scale for pattern, scale in ((_IHC, "IHC"), (_ISH, "ISH")) if re.search(pattern, text)]
    return f"{proteins[0]} {scales[0]}" if len(scales) == 1 else proteins[0] if not scales else None


def msi_word(text: str) -> str | None:
    """The class that a wording of microsatellite status names, None for a number or another wording.

    >>> msi_word("Microsatellite stable"), msi_word("MSI High"), msi_word("0.14") is None
    ('MSS', 'MSI-H', True)
    """
    word = " ".join(re.split(r"[\s_-]+", text.lower()))
    if re.search(r"\bmss\b|(?<!un)\bstable\b", word):
        return "MSS"
    if re.search(r"\bmsi ?h\b|\bhigh\b", word):
        return "MSI-H"
    return "MSI-L" if re.search(r"\bmsi ?l\b|\blow\b", word) else None


_PER_MEGABASE = re.compile(r"/ ?(mb|mbp|mbase|megabase)|per (mb|megabase)|^1?/1000000(\{base\})?", re.I)


def is_per_megabase(unit: str) -> bool:
    """Whether a unit is mutations per megabase, in words or in UCUM.

    >>> is_per_megabase("Mutations per megabase"), is_per_megabase("1/1000000{Base}"), is_per_megabase("%")
    (True, True, False)
    """
    return bool(_PER_MEGABASE.search(unit.strip()))


def measured(label: str, loinc: str | None, value: str, unit: str | None) -> tuple[str, str]:
    """The marker's name and its value as text, by the label (or code) of the assay.

    A number of a marker that is judged by its class (MSI, HRD), or in another unit than its own (TMB), keeps a name of
    its own, so that no cut-off is put on it.

    >>> measured("MSI status", None, "0.14", "%"), measured("", "94076-7", "25.0", None)
    (('MSI score', '0.14 %'), ('TMB', '25.0'))
    """
    name, amount = marker(label, loinc), f"{value} {unit}" if unit and unit != "1" else value
    is_number = re.fullmatch(r"[<>=≤≥~ ]*\d[\d.,]*", value.strip()) is not None
    if name == "MSI":
        word = msi_word(value)
        return (name, word) if word else (f"{name} score", amount) if is_number else (name, value)
    if name == "TMB" and is_number:
        is_own = unit is None or is_per_megabase(unit) or loinc == "94076-7"
        return (name, value) if is_own else (f"{name} ({unit})", value)
    if name == "HRD" and is_number:
        return f"{name} score", amount
    return name or label, amount


def drug(label: str) -> str:
    """The drug of a product's display, without volume, strength and form.

    >>> drug("10 ML doxorubicin hydrochloride 2 MG/ML Injection"), drug("Dabrafenib 0,3 g O"), drug("Sotorasib")
    ('doxorubicin hydrochloride', 'Dabrafenib', 'Sotorasib')
    """
    text = re.sub(r"^\d[\d.,]* ?(ML|HR|ACTUAT)\s+", "", label.strip()[:200], flags=re.I)
    found = re.match(r"(?P<name>.*?[A-Za-z)])\s+\d[\d.,]* ?(mg|mcg|µg|g|unt|iu|meq)\b", text, re.I)
    return found["name"].strip() if found else text


def drugs(label: str) -> tuple[str, ...]:
    """The drugs of a regimen's name.

    >>> drugs("Carboplatin/Etoposide/Vincristine")
    ('Carboplatin', 'Etoposide', 'Vincristine')
    """
    parts = re.split(r"\s*[/+;,&]\s*|\s+(?:and|plus|und|with)\s+", label.strip())
    return tuple(name for part in parts if (name := part.strip()))


_RESPONSES = (
    ("CR", r"\bcr\b|complete (response|remission)"),
    ("PR", r"\bpr\b|partial (response|remission)"),
    ("SD", r"\bsd\b|stable disease"),
    ("PD", r"\bpd\b|progressi(ve|on)"),
    ("NE", r"\bne\b|not evaluable"),
)


def response(text: str) -> str | None:
    """RECIST's code for a wording of the response, None for another wording.

    >>> response("Partial Remission"), response("Mixed Response") is None
    ('PR', True)
    """
    return next((code for code, pattern in _RESPONSES if re.search(pattern, text.lower()[:200])), None)


_ZYGOSITY = {
    "LA6705-3": "homozygous", "LA6706-1": "heterozygous", "LA6707-9": "hemizygous",
    "GENO:0000135": "heterozygous", "GENO:0000136": "homozygous", "GENO:0000134": "hemizygous",
}  # fmt: skip


def zygosity(code: str | None, label: str | None) -> str | None:
    """The allelic state by its LOINC or GENO code, or else the label in lower case."""
    return _ZYGOSITY.get(code or "") or (label.lower() if label else None)


def setting(text: str) -> str | None:
    """The setting that an intent or a category names: `adjuvant`, `neoadjuvant`, `palliative`, `perioperative`.

    >>> setting("Neoadjuvant Therapy"), setting("Cure") is None
    ('neoadjuvant', True)
    """
    words = ("neoadjuvant", "adjuvant", "perioperative", "palliative")
    return next((word for word in words if word in text.lower().replace("palliativ ", "palliative ")), None)


SEXES = {"male": "male", "female": "female", "other": "other", "other_sex": "other"}
"""Sexes by the words of the formats in lower case; `unknown` stays open."""


def icd_10(code: str) -> bool:
    """Whether the ICD-10 code is a neoplasm of a primary site (chapter II without C77 to C79, secondary neoplasms).

    >>> icd_10("C34.1"), icd_10("C78.7"), icd_10("I10")
    (True, False, False)
    """
    found = re.match(r"(C\d\d|D[0-4]\d)(?!\d)", code.strip().upper())
    return found is not None and found[1] not in ("C77", "C78", "C79")
