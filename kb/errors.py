"""The family of errors of the knowledge graph: each carries its objects and says the remedy in its sentence."""

from __future__ import annotations

from pathlib import Path


class KnowledgeError(Exception):
    """The base of every error that `kb` raises."""


class CacheNotWritable(KnowledgeError):
    """The cache folder cannot take the store; `reason` is the operating system's own word."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder, self.reason = folder, reason

    def __str__(self) -> str:
        return (
            f"cannot write the knowledge graph's store to {self.folder} ({self.reason}); "
            "set MTB_MATCH_CACHE to a folder that you may write to"
        )


class NoStore(KnowledgeError):
    """The folder holds no readable store of the knowledge graph."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder, self.reason = folder, reason

    def __str__(self) -> str:
        remedy = "name a folder that `mtb-match kb build SOURCE=PATH... --out FOLDER` made"
        return f"no knowledge graph in {self.folder}: {self.reason}; {remedy}"


class DamagedData(KnowledgeError):
    """A data file of the installation is missing or unreadable."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(file, reason)
        self.file, self.reason = file, reason

    def __str__(self) -> str:
        remedy = "reinstall mtb-match or run `python -m kb.starter`"
        return f"the data file {self.file} cannot be used ({self.reason}); {remedy}"


class BadSourceRow(KnowledgeError):
    """A row of a source table that cannot become a statement; `row` counts from 1, the header included."""

    def __init__(self, table: str, row: int, reason: str, remedy: str) -> None:
        super().__init__(table, row, reason, remedy)
        self.table, self.row, self.reason, self.remedy = table, row, reason, remedy

    def __str__(self) -> str:
        return f"{self.table}:{self.row}: {self.reason}; {self.remedy}"


class UnknownItem(KnowledgeError, LookupError):
    """No item of this kind and id in the graph."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(kind, id)
        self.kind, self.id = kind, id

    def __str__(self) -> str:
        return f"no {self.kind} {self.id!r} in the knowledge graph; `mtb-match kb query` lists what it holds"


class UnknownTerm(KnowledgeError):
    """A source's word for a gene, therapy, tumor type or biomarker that this graph cannot place."""

    def __init__(self, kind: str, name: str, reason: str) -> None:
        super().__init__(kind, name, reason)
        self.kind, self.name, self.reason = kind, name, reason

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r}: {self.reason}"


class UnreadableSource(KnowledgeError):
    """A source file that is not what its loader reads: the place, what is wrong, and what to do."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place, self.problem, self.remedy = place, problem, remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}; the graph in use is as it was"


class InvalidRelease(KnowledgeError):
    """A release that the shapes refuse; `violations` are one line each."""

    def __init__(self, violations: list[str]) -> None:
        super().__init__(violations)
        self.violations = violations

    def __str__(self) -> str:
        shown = "; ".join(self.violations[:5])
        more = f"; and {len(self.violations) - 5} more" if len(self.violations) > 5 else ""
        return f"the release is not valid and was not built: {shown}{more}"


class NotAStore(KnowledgeError):
    """A place for a store where something else stands: it is never overwritten."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} is not a store of this program; name a new folder with --out, or remove it yourself"


class UnknownConstraint(KnowledgeError):
    """A shape uses a constraint that is not compiled: nothing is validated then, so that nothing passes unseen."""

    def __init__(self, constraint: str, shape: str) -> None:
        super().__init__(constraint, shape)
        self.constraint, self.shape = constraint, shape

    def __str__(self) -> str:
        return f"{self.constraint} of {self.shape} is not compiled to SPARQL; use another constraint, or add it there"


class DownloadFailed(KnowledgeError):
    """A file that could not be fetched whole: the address, what happened, and what to do."""

    def __init__(self, address: str, problem: str, remedy: str) -> None:
        super().__init__(address, problem, remedy)
        self.address, self.problem, self.remedy = address, problem, remedy

    def __str__(self) -> str:
        return f"{self.address}: {self.problem}; {self.remedy}; the release in use is as it was"


class FileNotThere(DownloadFailed):
    """The server says that it has no such file: the address is wrong, or this release has none."""


class BadQuery(KnowledgeError):
    """A SPARQL query that cannot be run or shown as asked."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem, self.remedy = problem, remedy

    def __str__(self) -> str:
        return f"the query: {self.problem}; {self.remedy}"


class RemoteProblem(KnowledgeError):
    """A SPARQL endpoint that cannot be used as a knowledge base."""

    def __init__(self, address: str, problem: str, remedy: str) -> None:
        super().__init__(address, problem, remedy)
        self.address, self.problem, self.remedy = address, problem, remedy

    def __str__(self) -> str:
        return f"{self.address} {self.problem}; {self.remedy}"


class CannotServe(KnowledgeError):
    """The graph cannot be offered as an endpoint."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem, self.remedy = problem, remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"


class UnreadableOutcomes(KnowledgeError):
    """A file or a decision about local evidence that cannot be used: the place, what is wrong, and what to do."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place, self.problem, self.remedy = place, problem, remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}"


class CurationProblem(KnowledgeError):
    """Something that cannot be done with curated evidence: the item or file, what is wrong, and what to do."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(place, problem, remedy)
        self.place, self.problem, self.remedy = place, problem, remedy

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}; {self.remedy}"
