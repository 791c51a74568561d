"""The words by which a curator's description tells of a study: what `kb.loaders.study_text` looks for."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


NOT_RANDOMIZED = _any(r"non-?\s?randomi[sz]ed", r"not randomi[sz]ed", r"without randomi[sz]ation")
RANDOMIZED = _any(r"\brandomi[sz](?:ed|ation)\b", r"\brandomly\b", r"double[- ]blind", r"\bplacebo\b")
META = _any(r"\bmeta-?\s?analys[ei]s", r"\bpooled analysis\b[^.]{0,60}\btrials\b")
POOLED_TRIALS = _any(r"single-arm", r"phase (?:I|1)[/ ]", r"phase (?:I|1|II|2)(?:,| or| and) (?:phase )?(?:II|2)")
RETROSPECTIVE = _any(r"\bretrospective")
PROSPECTIVE = _any(r"\bprospective(?:ly)?\b")
CASE_CONTROL = _any(r"\bcase[- ]control")
CASE_SERIES = _any(r"\bcase series\b", r"\bcase reports\b", r"\bcase studies\b")
CASE_REPORT = _any(
    r"\bcase (?:report|study)\b",
    r"\b\d+[- ]year[- ]old\b",
    r"\b(?:a|an|one|single) (?:[\w/+-]+ ){0,5}(?:patient|participant|man|woman|boy|girl|child|infant)\b",
)
ONE_OF_MANY = _any(
    r"\b(?:one|single) (?:[\w/+-]+ ){0,3}(?:patient|participant|case)\b[^.]{0,80}"
    r"\b(?:had|harbou?r(?:ed|ing)?|with|identified)\b[^.]{0,40}(?:mutation|variant|fusion|alteration|amplification|(?-i:\b[A-Z][a-z]*\d))",
    r"\bone (?:was|had)\b",
    r"\bin one (?:[\w/+-]+ ){0,3}(?:patient|participant)\b",
    r"\bone of these patients\b",
    r"\b(?:a|an) (?:[\w/+-]+ ){0,2}(?:patient|participant) (?:taking part in|in the|in|enrolled in|from)\b"
    r"[^.]{0,60}\b(?:study|trial)\b",
)
"""One patient of a larger study, whom a description of a case picks out."""
COHORT = _any(
    r"\b(?:[2-9]|\d{2,}) (?:[\w/+.-]+ ){0,6}(?:patients|men|women|cases|tumou?rs|individuals)\b", r"\bcohorts?\b"
)
TRIAL = _any(r"\b(?:clinical )?trial\b", r"\bsingle-arm\b", r"\bopen-label\b", r"\bdose[- ](?:escalation|expansion)\b")
TRIAL_OF_OTHERS = _any(r"\btrials? (?:has|have) been", r"future trials?", r"further (?:clinical )?trials?")
BASKET = _any(
    r"\bbasket\b",
    r"\b(?:NCI-MATCH|MyPathway|TAPUR|DRUP|STARTRK)\b",
    r"regardless of (?:age or )?(?:tumou?r|histolog)",
    r"tumou?r[- ]agnostic",
)
SOLID_TUMORS = _any(
    r"\b(?:mutant|mutated|positive|fusion|fusions|altered|rearranged) (?:[\w-]+ ){0,3}(?:solid|rare) tumou?rs?\b",
    r"\b(?:solid|rare) (?:tumou?rs?|cancers?) (?:[\w()]+ ){0,3}(?:harbou?ring|with|positive for|carrying)\b",
    r"\b(?:various|multiple|different|several|diverse|other) (?:tumou?r|cancer) types\b",
)
"""Solid tumors of any type that were selected by a biomarker."""
VIVO = _any(
    r"xenograft", r"\bmice\b", r"\bmouse\b", r"\bmurine\b", r"\bin[- ]vivo\b", r"\bPDXs?\b", r"zebrafish", r"\brats?\b"
)
VITRO = _any(
    r"\bcell[- ]lines?\b",
    r"\bin[- ]vitro\b",
    r"\bBa/?F3\b",
    r"\btransfect",
    r"\btransduc",
    r"\bIC-?50\b",
    r"\bGI50\b",
    r"\bcells (?:expressing|harbou?ring|with|carrying|were|transfected)\b",
    r"\bcultured?\b",
    r"\borganoids?\b",
    r"\bNIH[- ]?3T3\b",
    r"\bHEK[- ]?293",
    r"\bkinase assays?\b",
    r"\bfibroblasts\b",
    r"\bsiRNA\b",
    r"\bcell viability\b",
    r"\bmutagenesis\b",
    r"\bcells\b",
)
SILICO = _any(r"\bin silico\b", r"\bmolecular (?:docking|dynamics|model+ing)\b", r"\bstructural model+ing\b")
PATIENTS = _any(r"\bpatients?\b", r"\b(?:men|women|children|individuals|participants)\b")

NUMBER = {"I": "1", "II": "2", "III": "3", "IV": "4", "1": "1", "2": "2", "3": "3", "4": "4"}
ONE = r"(III|II|IV|I|[1-4])[abAB]?\b"
PHASE = re.compile(rf"\bphases?[- ]*{ONE}(?:\s*(/|-|–|and|or|to|&)\s*(?:phase[- ]*)?{ONE})?", re.IGNORECASE)

NEGATIVE = _any(
    r"\bwild[- ]?type\b",
    r"\bwt\b",
    r"\b(?:mutation|fusion|alteration|amplification|rearrangement)[- ]negative\b",
    r"\bwithout (?:an? |the |any )?(?:[\w/-]+ ){0,3}(?:mutations?|fusions?|amplification|alterations?|loss|expression)",
    r"\bnon-?mutat",
    r"\bunmutated\b",
    r"\bnegative (?:patients|tumou?rs|group)\b",
    r"\blow expression\b",
    r"\bthan (?:in )?(?:patients|those|tumou?rs) (?:without|lacking|with (?:wild|no|low|normal))",
)
AGAINST = _any(
    r"\bthan\b",
    r"\bvs\b",
    r"\bversus\b",
    r"\bcompar",
    r"\bwhereas\b",
    r"\bwhile\b",
    r"\bdiffer",
    r"\bonly\b",
    r"\brelative to\b",
    r"\bno (?:objective )?(?:responses?|respon)",
    r"\bnone of\b",
    r"\bsimilar\b",
    r"\binteraction\b",
)
ASSOCIATED = _any(
    r"\b(?:mutations?|mutants?|expression|overexpression|loss|deletions?|amplification|copy number|status|fusions?)\b"
    r"[^.;]{0,80}\b(?:associated|correlated|predict(?:ive|or|ed|s)|prognostic)\b",
    r"\bassociated with\b[^.;]{0,40}\bmutation status\b",
)
"""A biomarker set against an outcome: those with it are compared with those without."""
CHANGE = (
    r"(?:mutat|mutant|fusion|rearrang|amplif|alter|delet|insert|express|loss|positive|variant|translocation|"
    r"[A-Z]\d{2,4}[A-Z])"
)
SELECTED = _any(
    r"\bpatients?\b[^.;]{0,120}?\b(?:with|harbou?ring|carrying|bearing|whose tumou?rs|who had)\b"
    rf"[^.;]{{0,80}}?{CHANGE}",
    rf"{CHANGE}[\w()/ -]{{0,40}}\b(?:patients|cancers?|melanomas?|tumou?rs|carcinomas?|NSCLC|GISTs?)\b",
    rf"\bharbou?r(?:ing|ed)\b[^.;]{{0,80}}?{CHANGE}",
    r"\bpositive for\b[^.;]{0,60}",
)
UNSELECTED = _any(r"\bunselected\b", r"not selected (?:by|for|on)")

CONTROLLED = _any(
    r"\bversus\b",
    r"\bvs\b",
    r"\bcompar(?:ed|ing)\b",
    r"\bin contrast\b",
    r"\b(?:two|three|[23]) arms\b",
    r"\bcontrol (?:arm|group)\b",
    r"\brandomi",
    r"\brandomly\b",
)
"""What rules out that nothing was compared."""
COMPARED = _any(
    r"\bversus\b",
    r"\bvs\b",
    r"\bcompar(?:ed|ing|ison|es?)\b",
    r"\bcontrol (?:arm|group)\b",
    r"\balone\b",
    r"\barms?\b",
    r"\brandomi",
    r"\brandomly\b",
    r"\ballocated\b",
    r"\beither\b[^.]{0,60}\bor\b",
    r"\bhazard ratio\b",
    r"\bHR\b",
)
"""A comparison, as a phase 3 trial makes one between its groups."""
CYTOTOXIC = (
    r"(?:chemotherapy|dacarbazine|docetaxel|paclitaxel|pemetrexed|gemcitabine|cisplatin|carboplatin|capecitabine|"
    r"fluorouracil|irinotecan|temozolomide|interferon)"
)
STANDARD = _any(
    r"\bstandard[- ]of[- ]care\b",
    r"\bSOC\b",
    r"\bstandard (?:therapy|treatment|chemotherapy|care)\b",
    r"\bbest supportive care\b",
    r"\bsupportive care\b",
    r"\b(?:investigators?|physicians?)[’']?s?[’']? choice\b",
    rf"\b(?:versus|vs\.?|compared (?:to|with)|than(?: with)?|or) (?:\w+ ){{0,3}}{CYTOTOXIC}\b",
    rf"\bcomparing\b[^.]{{0,60}}\b(?:and|with|to|vs\.?) {CYTOTOXIC}\b",
    rf"{CYTOTOXIC} chemotherapy group\b",
    rf"\b{CYTOTOXIC} (?:alone|arm|group)\b",
)
NO_TREATMENT = _any(
    r"\bobservation (?:alone|arm|group)\b", r"\b(?:or|versus|vs) (?:observation|untreated)\b", r"\bno treatment\b"
)
OTHER_DRUG = _any(
    r"\b(?:versus|vs?\.?|compared (?:to|with)|than(?: with)?|or) (?:the )?"
    r"(?:either |oral |single[- ]agent |first generation TKI )?"
    r"[a-z]+(?:nib|mab|ciclib|parib|lisib|strant|ifen|zole|mide|amide|erone)\b",
)
MONOTHERAPY = _any(r"\b(?:or|versus|vs|compared to|compared with) [a-z]+(?:nib|mab) monotherapy\b")
OTHER_DOSE = _any(r"\b(?:different|two|2) (?:different )?doses\b", r"\bhigher dose\b[^.]*\blower dose\b")
CONTROLS = (
    ("placebo", _any(r"\bplacebo\b")),
    ("no treatment", NO_TREATMENT),
    ("active control", MONOTHERAPY),
    ("standard of care", STANDARD),
    ("active control", OTHER_DRUG),
    ("other dose", OTHER_DOSE),
)
"""The control of a randomized trial: the first that is told."""
SINGLE_ARM = _any(r"\bsingle-arm\b")
HISTORICAL = _any(r"\bhistorical(?:ly)? (?:control|cohort|data|comparison)")

ENDPOINTS = {
    "OS": _any(r"\boverall survival\b", r"\bm?OS\b(?!-)", r"\b(?:ratio for|risk of) death\b(?! or)"),
    "PFS": _any(
        r"\bprogression[- ]?free (?:and overall )?survival\b",
        r"\bm?PFS\b",
        r"\bprogression or death\b",
        r"\bdeath or (?:disease )?progression\b",
    ),
    "DFS": _any(
        r"\bdisease[- ]?free survival\b",
        r"\bi?DFS\b",
        r"\bdisease recurrence or death\b",
        r"\balive and disease-free\b",
    ),
    "RFS": _any(r"\b(?:relapse|recurrence)[- ]?free survival\b", r"\bRFS\b"),
    "EFS": _any(r"\bevent[- ]?free survival\b", r"\bEFS\b"),
    "DMFS": _any(r"\bdistant (?:disease|metastasis|relapse|recurrence)[- ]?free\b", r"\bDMFS\b"),
    "TTP": _any(r"\btime to (?:disease |tumou?r )?progression\b", r"\bTTP\b"),
    "TTF": _any(r"\btime to treatment failure\b", r"\btreatment failure[- ]free\b", r"\bTTF\b"),
    "ORR": _any(
        r"\b(?:objective|overall|tumou?r|clinical|radiographic) responses?\b",
        r"\bresponse rates?\b",
        r"\bORR\b",
        r"\bRR\b",
        r"\bpartial(?:ly)? respon",
        r"\bcomplete respon(?!se or partial)",
        r"\b(?:\d+|one) (?:had )?(?:PRs?|CRs?)\b",
        r"\b(?:had|percentage who had) (?:a|an objective) response\b",
    ),
    "DCR": _any(r"\bdisease[- ]control\b", r"\bDCR\b"),
    "CBR": _any(r"\bclinical benefit rate\b", r"\bCBR\b"),
    "DOR": _any(r"\bduration of (?:the )?(?:\w+ )?response\b", r"\bresponse duration\b", r"\bm?Do?R\b"),
    "pCR": _any(r"\bpathologic(?:al)? complete (?:response|remission)", r"(?-i:\bpCR\b)"),
    "MR": _any(r"\bmolecular (?:response|remission)", r"\bMMR rate"),
    "CyR": _any(r"\bcytogenetic (?:response|remission)"),
    "HR": _any(r"\bha?ematologic(?:al)? (?:response|remission)"),
    "QoL": _any(r"\bquality of life\b"),
}
BETTER = _any(
    r"\b(?:significant|superior|better|longer|higher|greater|improved|prolonged|increased?|increases|improves?)\b",
    r"\b(?:reduced|lower|reduction (?:in|of)) (?:the )?(?:relative )?risk\b",
    r"\bfavou?rable\b",
)
WORSE = _any(
    r"\b(?:no|not|nor|neither|non|fail(?:ed|s)?|similar|comparable|equivalent|shorter|worse|poor(?:er)?|lower|decreased|"
    r"reduced (?!the |risk)|inferior|differ(?:ent|ed)?|unfavou?rable|insignificant|only)\b"
)
RATIO = re.compile(
    r"(?:\bHR\b|hazard ratio)(?:[^.;\d]|\.(?=\d)){0,90}?\b([01][.·]\d+)"
    r"(?:[^\d]{1,20}(?:9\d(?:[.·]\d+)?\s?%?[^\d]{1,14})?(\d[.·]\d+)\D{1,6}(\d[.·]\d+))?",
    re.IGNORECASE,
)
"""A hazard ratio, with its interval where that follows."""
SIGNIFICANT = re.compile(r"\bp[- ]?(?:value)?\s?[<=≤]\s?0?[.·]0(?:[0-4]|\d{2,})", re.IGNORECASE)
INSIGNIFICANT = re.compile(r"\bp[- ]?(?:value)?\s?=\s?0?[.·](?:0(?:5\d|[6-9])|[1-9])", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[a-z)\]%0-9])\.\s+(?=[A-Z])|;\s")
CLAUSE = re.compile(r",? (?:but|whereas|while|however|although)\b|, (?=(?:PFS|OS|ORR|median|overall|objective)\b)")
IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
PART = re.compile(
    r"\bn\s?=\s?(\d+)|\b\d+/(\d+)\b|\b\d+ (?:\([^)]*\) )?(?:out )?of (?:the |these )?(\d+)\b"
    r"|\bof (?:the |these )?(\d+) (?:\w+[- ]){0,3}patients"
    r"|\b(\d+) (?:of whom|had|harbou?red|were|patients)\b",
    re.IGNORECASE,
)
"""A number of a part of the patients."""
HOW_MANY = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
    )
}
PEOPLE = re.compile(
    rf"(?<![-\w.,/])(\d{{1,3}}(?:,\d{{3}})+|\d+|{'|'.join(HOW_MANY)})\s+"
    r"(?!(?:of|out|months?|weeks?|years?|days?|mg|trials?|arms?|cohorts?|groups?|single)\b)"
    r"(?:(?!with |of |and |or |in |were |was |had |year)[\w+/:()-]+\s+){0,6}?"
    r"(?:patients?|men|women|children|participants?|individuals)\b",
    re.IGNORECASE,
)
"""A number of patients."""
