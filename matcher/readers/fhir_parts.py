"""The parts of a FHIR document: resources by the names that references use, and codeable concepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matcher.notes import Severity
from matcher.readers.document import Part


@dataclass(frozen=True, slots=True)
class Concept:
    """A CodeableConcept: (system in lower case, code, display) of each coding, and the text."""

    codings: tuple[tuple[str, str, str], ...] = ()
    text: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all systems."""
        return frozenset(code for _, code, _ in self.codings)


def concept(part: Part | None) -> Concept:
    """The concept of a part; empty for None."""
    if part is None:
        return Concept()
    codings = []
    for coding in part.items("coding"):
        system, code, display = coding.text("system"), coding.text("code"), coding.text("display")
        coding.text("version"), coding.text("userSelected")
        if code or display:
            codings.append(((system or "").lower(), code or "", display or ""))
    return Concept(tuple(codings), part.text("text") or "")


def label_of(found: Concept) -> str:
    """The text of a concept, or a display, or a code; empty for an empty concept."""
    displays = [display for _, _, display in found.codings if display]
    codes = [code for _, code, _ in found.codings if code]
    return next(iter([*filter(None, [found.text]), *displays, *codes]), "")


def tail(reference: str) -> str:
    """The last part of a reference: the id, or the identifier's value of a conditional reference.

    >>> tail("Patient/p1"), tail("Patient?identifier=https://x/sid|4ba7"), tail("urn:uuid:77")
    ('p1', '4ba7', '77')
    """
    return reference.rpartition("|")[2].rpartition("/")[2].removeprefix("urn:uuid:").removeprefix("#")


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource with its type and every name that a reference may give it."""

    type: str
    part: Part
    names: tuple[str, ...]

    def has_profile(self, *words: str) -> bool:
        """Whether the address of one of its profiles contains one of the words."""
        profiles = [text.lower() for one in self.part.items("meta", "profile") if (text := one.text())]
        return any(word in profile for profile in profiles for word in words)

    @property
    def day(self) -> str | None:
        """The day that it is of."""
        for keys in (("effectiveDateTime",), ("effectivePeriod", "end"), ("effectivePeriod", "start"), ("issued",)):
            if self.part.has(keys[0]) and (day := self.part.date(*keys)):
                return day
        return None

    @property
    def derived(self) -> tuple[str, ...]:
        """The references of the resources that it is derived from."""
        return tuple(text for one in self.part.items("derivedFrom") if (text := one.text("reference")))


@dataclass(frozen=True, slots=True)
class Bundle:
    """The resources of a document in its order, and the index of their names."""

    top: Part
    resources: tuple[Resource, ...]
    index: dict[str, Resource]

    @classmethod
    def of(cls, top: Part) -> Bundle:
        """The resources of a Bundle's entries, or of a single resource, with what they contain."""
        found = list(_resources(top))
        index: dict[str, Resource] = {}
        for one in found:
            for name in one.names:
                index.setdefault(name, one)
        return cls(top, tuple(found), index)

    def resolve(self, part: Part | None) -> Resource | None:
        """The resource that a Reference names, None when it is not in the document."""
        reference = part.text("reference") if part is not None else None
        if reference is None:
            return None
        return self.index.get(reference) or self.index.get(_unversioned(reference))

    def derived_from(self, one: Resource) -> Iterator[Resource]:
        """The resources of the document that it is derived from."""
        for reference in one.part.items("derivedFrom"):
            found = self.resolve(reference)
            if found is not None:
                yield found

    def specimen_of(self, one: Resource) -> str | None:
        """The name of the specimen that the observation, or else its report, is of."""
        reports = (each for each in self.resources if each.type == "DiagnosticReport")
        for holder in (one, *(report for report in reports if self._reports(report, one))):
            for reference in holder.part.items("specimen"):
                found = self.resolve(reference)
                if found is not None:
                    return self.name_of(found)
                text = reference.text("reference") or reference.text("identifier", "value")
                if text is not None:
                    return tail(text)
        return None

    def _reports(self, report: Resource, one: Resource) -> bool:
        return any(self.resolve(reference) is one for reference in report.part.items("result"))

    def name_of(self, one: Resource) -> str:
        """The id of a resource, or its identifier, or the tail of its full address."""
        identifiers = [text for each in one.part.items("identifier") if (text := each.text("value"))]
        return one.part.text("id") or next(iter(identifiers), None) or tail(one.names[0] if one.names else one.type)


def _resources(top: Part) -> Iterator[Resource]:
    if top.text("resourceType") != "Bundle":
        yield from _with_contained(top, None, None)
        return
    for entry in top.items("entry"):
        resource = entry.get("resource")
        if resource is None:
            entry.note("an entry without a resource: not used", "none", Severity.INFO)
            continue
        yield from _with_contained(resource, entry.text("fullUrl"), entry.text("request", "url"))


def _with_contained(part: Part, full: str | None, url: str | None) -> Iterator[Resource]:
    kind, name = part.text("resourceType") or "", part.text("id")
    known = [full, url, f"{kind}/{name}" if name else None, f"#{name}" if name else None]
    for one in part.items("identifier"):
        system, value = one.text("system"), one.text("value")
        if value:
            known.append(f"{kind}?identifier={system}|{value}" if system else f"{kind}?identifier={value}")
    yield Resource(kind, part, tuple(each for each in known if each))
    for contained in part.items("contained"):
        yield from _with_contained(contained, None, None)


def _unversioned(reference: str) -> str:
    """`Type/id` of a full or versioned address."""
    parts = reference.partition("/_history/")[0].split("/")
    return "/".join(parts[-2:])
