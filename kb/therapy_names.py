"""Names of therapies: the curated table, and the ways in which one substance's name is written.

The table `kb/data/names/therapies.tsv` says of a name which therapies it stands for; a row with classes or components
defines a therapy that the graph does not have yet. Salts, suffixes of biosimilars and the hyphens of code names are
read by rule, and only where the graph then knows the therapy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb import terms as t
from kb.errors import UnknownTerm
from kb.statements import Row, cells

SALTS = (
    "acetate|adipate|alaninate|besylate|bismesylate|camsylate|citrate|dihydrate|dihydrochloride|dimaleate|dimesylate"
    "|disodium|ditosylate|esylate|fumarate|hemihydrate|hydrobromide|hydrochloride|hydrate|lactate|malate|maleate"
    "|mesylate|monohydrate|monohydrochloride|phosphate|potassium|sodium|succinate|sulfate|tartrate|tosylate"
)
_SALT = re.compile(rf"(?: (?:{SALTS}))+$", re.IGNORECASE)
_BIOSIMILAR = re.compile(r"(?<=[a-z]{5})-[a-z]{4}$")
"""The four letters without meaning that the FDA adds to the name of a biological (`zenocutuzumab-zbco`)."""
_FORMS = re.compile(r"(?: (?:regimen|protocol|compounds?|agents?|injection|tablets?))+$", re.IGNORECASE)

_PLURAL = re.compile(
    r"(?:(inhibitor|antibod|analogue|analog|agonist|antagonist|mimetic)(?:s|ies)|(inhibit)ion)$", re.IGNORECASE
)
_CLASS = re.compile(
    r"(?:inhibitor|antagonist|agonist|antibody|blocker|modulator|mimetic|analog(?:ue)?|degrader|vaccine|chemotherapy"
    r"|therapy)s?$",
    re.IGNORECASE,
)


def spellings(name: str) -> Iterator[str]:
    """Shorter names that a name of a therapy may stand for, the nearest first; the name itself is not among them.

    >>> list(spellings("Crizotinib Hydrochloride")), list(spellings("zenocutuzumab-zbco"))
    (['Crizotinib'], ['zenocutuzumab'])
    """
    for pattern in (_SALT, _BIOSIMILAR, _FORMS):
        shorter = pattern.sub("", name)
        if shorter and shorter != name:
            yield shorter
    plural = _PLURAL.search(name)
    if plural is not None:
        singular = {"antibod": "antibody", "inhibit": "inhibitor"}
        word = (plural[1] or plural[2]).lower()
        yield name[: plural.start()] + singular.get(word, word)


def names_a_class(name: str) -> bool:
    """Whether a name is of a class of drugs, such as `EPHA3 inhibitor`.

    >>> names_a_class("EPHA3 inhibitor"), names_a_class("MEK Inhibitor CI-1040")
    (True, False)
    """
    return _CLASS.search(name) is not None


def code_key(name: str) -> str | None:
    """A code name without hyphens, spaces and case; None for a name without a digit.

    >>> code_key("AZD-9291"), code_key("azd 9291"), code_key("osimertinib")
    ('azd9291', 'azd9291', None)
    """
    return re.sub(r"[\s-]", "", name).casefold() if re.search(r"\d", name) and re.search(r"[A-Za-z]", name) else None


def search_keys(name: str) -> Iterator[str]:
    """The keys under which a name is found: as it is searched for, and as a code name."""
    if name:
        yield t.search_key(name)
    code = code_key(name)
    if code is not None:
        yield f"code:{code}"


class TherapyNames:
    """The curated table by name, by therapy, and by the therapies of a product."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[str, Row] = {}
        self._codes: dict[str, Row] = {}
        self._defining: dict[str, Row] = {}
        self._names: dict[str, list[str]] = {}
        self._products: list[tuple[frozenset[str], str]] = []
        for row in rows:
            self._take(row)

    def _take(self, row: Row) -> None:
        self._rows[t.search_key(row["name"])] = row
        code = code_key(row["name"])
        if code is not None:
            self._codes.setdefault(code, row)
        ids = cells(row, "ids")
        if len(ids) != 1:
            return
        if " + " in row["name"]:
            parts = frozenset(part.strip().casefold() for part in row["name"].split(" + "))
            self._products.append((parts, ids[0]))
            return
        self._names.setdefault(ids[0], []).append(row["name"])
        if ids[0] not in self._defining or row["classes"] or row["components"]:
            self._defining[ids[0]] = row

    def find(self, name: str) -> Row | None:
        """The row of a name, whatever its case, hyphens and spaces; of a code name however it is joined."""
        code = code_key(name)
        return self._rows.get(t.search_key(name)) or (self._codes.get(code) if code is not None else None)

    def defining(self, id: str) -> Row | None:
        """The row that says most of a therapy: the one with its classes or components, else the first."""
        return self._defining.get(id)

    def names(self, id: str) -> list[str]:
        """Every name that the table has for a therapy, but the id itself."""
        return [name for name in self._names.get(id, ()) if name.casefold() != id]

    def with_products(self, ids: set[str]) -> set[str]:
        """The therapies of a regimen, with a product in place of its parts where all of them are there."""
        for parts, product in self._products:
            if parts <= ids:
                ids = (ids - parts) | {product}
        return ids


def ids_of(row: Row) -> list[str]:
    """The therapies of a row; UnknownTerm with its note when the name is of none."""
    if row["kind"] == "unreadable":
        raise UnknownTerm("therapy", row["name"], row["note"])
    return cells(row, "ids")
