"""Stages as files write them, read into the disease states that labels speak of."""

from __future__ import annotations

import re
from functools import lru_cache

STATES = (
    "advanced", "locally advanced", "metastatic", "recurrent", "relapsed", "systemic", "treatment", "early",
    "localized", "adjuvant", "extended adjuvant", "neoadjuvant", "perioperative", "post-surgery", "CRPC", "mCRPC",
    "nmCRPC", "mHSPC", "mCSPC", "stage III unresectable", "0", "I", "II", "III", "IV",
)  # fmt: skip
"""The disease states that rules and indications know, and the stages of the UICC without their letters."""

_KNOWN = {state.lower(): state for state in STATES} | {
    "metastasized": "metastatic", "metastasised": "metastatic", "m1": "metastatic", "m1a": "metastatic",
    "m1b": "metastatic", "m1c": "metastatic", "m1d": "metastatic", "localised": "localized",
    "unresectable stage iii": "stage III unresectable", "晚期": "advanced", "局部晚期": "locally advanced",
    "转移性": "metastatic", "转移": "metastatic", "复发": "recurrent",
    "早期": "early", "0期": "0", "i期": "I", "ii期": "II", "iii期": "III", "iv期": "IV", "ⅰ期": "I", "ⅱ期": "II",
    "ⅲ期": "III", "ⅳ期": "IV",
}  # fmt: skip
_NUMBERS = {"1": "I", "2": "II", "3": "III", "4": "IV"}
_STAGE = re.compile(r"(?P<named>(?:uicc |ajcc )?(?:stage )?)(?P<number>0|i{1,3}|iv|[1-4]) ?(?:[a-d]\d?)?")


@lru_cache(maxsize=4096)
def states_of(text: str) -> tuple[str, ...]:
    """The disease states that a stage names, each once; empty where it names none that is known.

    A stage of the UICC may have letters; a text may name several, and categories of the TNM, of which M1 alone is a
    state (AJCC Cancer Staging Manual, 8th edition).

    >>> states_of("Stage IIIB"), states_of("T2 N0 M1, metastasized"), states_of("mCRPC"), states_of("banana")
    (('III',), ('metastatic',), ('mCRPC',), ())
    >>> states_of("4"), states_of("pT2 pN0"), states_of("recurrent; stage IV"), states_of("IV期")
    (('IV',), (), ('recurrent', 'IV'), ('IV',))
    """
    whole = _state(text)
    if whole:
        return (whole,)
    pieces = [piece for part in text.replace(";", ",").replace("/", ",").split(",") for piece in (part, *part.split())]
    return tuple(dict.fromkeys(state for piece in pieces if (state := _state(piece, bare_digits=False))))


def _state(text: str, bare_digits: bool = True) -> str | None:
    words = " ".join(text.lower().split())
    if words in _KNOWN:
        return _KNOWN[words]
    stage = _STAGE.fullmatch(words)
    if stage is None or (stage["number"].isdigit() and not (bare_digits or stage["named"])):
        return None
    return _NUMBERS.get(stage["number"]) or _KNOWN[stage["number"]]
