"""A curator's signature under an item: a nanopublication with a trusty URI, by the keys of the `nanopub` library.

The library is optional (`pip install 'mtb-match[nanopub]'`) and is imported only when something is signed or checked;
what a signed form says can be read without it. Nothing here uses the network.
"""

from __future__ import annotations

import os
import warnings
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kb import terms as t
from kb.content import literal, plain
from kb.curation.acts import SUBMITTED, Act, Person, now
from kb.curation.item import Item
from kb.curation.nanopub import ORCID, head
from kb.curation.text import FORM, Quad, header, line, statements_in
from kb.errors import CurationProblem
from kb.outcomes import is_orcid
from kb.rdf import iri, text, typed

if TYPE_CHECKING:
    from kb.curation.journal import Entry

NAMES = f"{t.ITEMS}signed/"
"""How the trusty URIs of signed forms begin; the code of 45 letters follows."""

SMALLEST_KEY = 2048
"""Bits of an RSA key that is still taken: what the library makes."""

PROFILE = "profile.yml"

_PARTS = ("Head", "assertion", "provenance", "pubinfo")


class Key(NamedTuple):
    """A curator's key: whose it is, the public part (base64 of its DER form), and the library's own profile."""

    person: Person
    public: str
    profile: Any

    def __repr__(self) -> str:
        return f"Key({self.person}, {fingerprint(self.public)})"


class Signed(NamedTuple):
    """What a signed form says: its trusty URI, the item and its digest, who signed when with which public key."""

    uri: str
    item: str
    digest: str
    orcid: str
    at: str
    key: str
    statements: frozenset[tuple[str, str, str]]


def fingerprint(public: str) -> str:
    """A public key's digest, by which people compare keys: SHA-256 over its DER form, the first 32 digits in fours.

    >>> fingerprint("AAAA")
    '709e 80c8 8487 a241 1e1e e4df b9f2 2a86'
    """
    digits = sha256(b64decode(public)).hexdigest()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, 32, 4))


# --- keys ------------------------------------------------------------------------------------------------------------


def new_key(folder: Path, person: Person) -> Key:
    """A new RSA key for a curator, written by the library into a folder that only its owner can read.

    CurationProblem where a key is already: it is never replaced.
    """
    library = _library()
    if any((folder / name).exists() for name in (PROFILE, "id_rsa", "id_rsa.pub")):
        raise CurationProblem(str(folder), "holds a key already", "name another folder; a key is never replaced")
    before = os.umask(0o077)
    try:
        library.Profile(orcid_id=ORCID + person.orcid, name=person.name).store(folder)
    except OSError as error:
        raise CurationProblem(str(folder), f"cannot be written ({error.strerror})", "name another folder") from error
    finally:
        os.umask(before)
    return read_key(folder)


def read_key(path: Path) -> Key:
    """The key that a profile of the library names: `profile.yml`, or the folder that holds it (`~/.nanopub`)."""
    import yaml

    library = _library()
    file = path / PROFILE if path.is_dir() else path
    remedy = "make one with the library (`np setup`) or with `kb.curation.signing.new_key`"
    if not file.is_file():
        raise CurationProblem(str(file), "is no profile of the nanopub library", remedy)
    try:
        private = Path(yaml.safe_load(file.read_text(encoding="utf-8"))["private_key"])
        if private.stat().st_mode & 0o077:
            raise CurationProblem(str(private), "can be read by others than its owner", f"chmod 600 {private}")
        profile = library.load_profile(file)
        public = profile.public_key
        bits = _rsa(public).size_in_bits()
    except CurationProblem:
        raise
    except Exception as error:  # the library lets many kinds through: of YAML, of its own, of the system
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise CurationProblem(str(file), f"cannot be read as a profile with its keys ({reason})", remedy) from error
    if bits < SMALLEST_KEY:
        raise CurationProblem(str(file), f"names a key of {bits} bits", f"use one of {SMALLEST_KEY} bits or more")
    return Key(Person(profile.name, profile.orcid_id.rpartition("/")[2]), public, profile)


def _rsa(public: str) -> Any:
    from Crypto.PublicKey import RSA

    return RSA.import_key(b64decode(public, validate=True))


# --- signing ---------------------------------------------------------------------------------------------------------


def signed(item: Item, history: Iterable[Act], key: Key, at: str | None = None) -> str:
    """The item as a signed nanopublication, in the text form; `history` holds its submission, with or without a time.

    CurationProblem when the library is absent or the key is not the submitter's; nothing is published.
    """
    submission = next((act for act in reversed(tuple(history)) if act.kind == SUBMITTED), None)
    if submission is None:
        raise CurationProblem(item.id, "was not submitted", "what is signed is a submission")
    if submission.person.orcid != key.person.orcid:
        whose = f"{key.person.name} ({key.person.orcid})"
        raise CurationProblem(
            item.id, f"is submitted by {submission.person.orcid}, and the key is of {whose}", "sign with your own key"
        )
    library = _library()
    with _quiet():
        made = library.Nanopub(
            rdf=_graph(_unsigned(item, submission, at or now())), conf=library.NanopubConf(profile=key.profile)
        )
        made.sign()
        return _written(str(made.source_uri), made.rdf)


def _unsigned(item: Item, submission: Act, at: str) -> Iterator[Quad]:
    """The nanopublication under the name that the library then makes a trusty URI of."""
    first, *graphs = (NAMES + part for part in _PARTS)
    assertion, provenance, publication = graphs
    node, person = iri(NAMES), iri(ORCID + submission.person.orcid)
    yield from ((first, said) for said in head(NAMES, graphs))
    yield from ((assertion, said) for said in item.statements)
    yield provenance, (iri(assertion), iri(t.ATTRIBUTED_TO), person)
    yield from (
        (provenance, (iri(assertion), iri(t.PRIMARY_SOURCE), iri(each))) for each in item.told().get(t.SOURCE, ())
    )
    if submission.method:
        yield provenance, (iri(assertion), iri(t.METHOD), text(submission.method))
    yield publication, (node, iri(t.IDENTIFIER), text(item.id))
    yield publication, (node, iri(t.CONTENT_DIGEST), text(item.digest))
    yield publication, (node, iri(t.CURATED_ON), typed(at, "dateTime"))
    yield publication, (node, iri(t.CURATOR), person)
    yield publication, (person, iri(t.LABEL), text(submission.person.name))
    yield publication, (iri(f"{NAMES}sig"), iri(t.SIGNED_BY), person)
    if submission.other:
        yield publication, (node, iri(t.SUPERSEDES), iri(t.item("evidence", submission.other)))


def _graph(found: Iterable[Quad]) -> Any:
    """The statements as the library's kind of graph, every literal as it is written."""
    from rdflib import ConjunctiveGraph, Literal, URIRef

    def term(told: str) -> Any:
        if told.startswith("<"):
            return URIRef(told[1:-1])
        value, language, datatype = literal(told)
        return Literal(value, lang=language, datatype=datatype and URIRef(datatype), normalize=False)

    graph = ConjunctiveGraph()
    for name, (subject, predicate, value) in found:
        graph.get_context(URIRef(name)).add((term(subject), term(predicate), term(value)))
    return graph


def _written(uri: str, graph: Any) -> str:
    """The signed graph in the text form, its statements sorted."""
    short = {iri(f"{uri}{each}"): f"<{each}>" for each in ("", "#sig", *(f"#{part}" for part in _PARTS))}
    lines = [
        line(str(context.identifier), (_term(subject), _term(predicate), _term(value)), short)
        for subject, predicate, value, context in graph.quads()
    ]
    return "\n".join([FORM, f"@base <{uri}> .", *header(), *sorted(lines), ""])


def _term(term: Any) -> str:
    from rdflib import Literal

    if not isinstance(term, Literal):
        return iri(str(term))
    if term.datatype is None:
        return text(str(term), term.language)
    return f"{text(str(term))}^^{iri(str(term.datatype))}"


# --- reading and checking --------------------------------------------------------------------------------------------


def read_signed(content: str, place: str = "the signed form") -> Signed:
    """What a signed form says, without checking who signed it; CurationProblem for a text that is none."""
    try:
        found = statements_in(content)
        uri, graphs = _whole(found)
        said = {predicate[1:-1]: plain(value) for graph, (s, predicate, value) in found if s == iri(uri)}
        sig = {p[1:-1]: plain(value) for graph, (s, p, value) in found if s == iri(f"{uri}#sig")}
        statements = frozenset(each for graph, each in found if graph == graphs[1])
        orcid = sig[t.SIGNED_BY].removeprefix(ORCID)
        return Signed(
            uri, said[t.IDENTIFIER], said[t.CONTENT_DIGEST], orcid, said[t.CURATED_ON], sig[t.PUBLIC_KEY], statements
        )
    except (SyntaxError, KeyError, ValueError) as error:
        raise CurationProblem(place, f"is no signed item ({error})", "take the file as it was") from error


def _whole(found: Collection[Quad]) -> tuple[str, tuple[str, ...]]:
    """The trusty URI and the four graphs of the one nanopublication; ValueError for anything else."""
    nodes = {subject[1:-1] for _, (subject, _, value) in found if value == iri(t.NANOPUBLICATION)}
    if len(nodes) != 1:
        raise ValueError(f"{len(nodes)} nanopublications")
    uri = nodes.pop()
    graphs = tuple(f"{uri}#{part}" for part in _PARTS)
    if {graph for graph, _ in found} != set(graphs):
        raise ValueError("its graphs are not those of a nanopublication")
    return uri, graphs


def check_signature(
    content: str, item: Item, history: Iterable[Act] = (), keys: Mapping[str, Collection[str]] | None = None
) -> Signed:
    """What a signed form says, after all was checked; CurationProblem says what does not hold.

    The trusty URI is that of its content; the signature was made with the key that it names; it says what the item
    says; who signed it submitted the item (where `history` has its submissions). With `keys` (public keys by ORCID iD)
    the key must be known as that person's: without, only that whoever held the key signed.
    """
    _library()
    told = read_signed(content, item.id)
    _check_content(content, told, item)
    if told.item != item.id or told.digest != item.digest or told.statements != frozenset(item.statements):
        raise CurationProblem(item.id, "has a signed form that says something else than the item", "see who changed it")
    submitters = {act.person.orcid for act in history if act.kind == SUBMITTED}
    if submitters and told.orcid not in submitters:
        raise CurationProblem(item.id, f"is signed by {told.orcid}, who did not submit it", "see who signed it")
    if keys is not None and told.key not in keys.get(told.orcid, ()):
        shown = fingerprint(told.key)
        raise CurationProblem(
            item.id, f"is signed with a key ({shown}) that is not known as that of {told.orcid}", "ask that person"
        )
    return told


def entry_check(keys: Mapping[str, Collection[str]] | None = None) -> Callable[[Entry], str | None] | None:
    """What says why the signature of a journal's entry does not hold (None where it does), for `kb verify`.

    None where the library is not installed: signatures are not checked then.
    """
    if not can_check():
        return None

    def why(entry: Entry) -> str | None:
        if entry.signed is None:
            return None
        if entry.item is None:
            return "submits no item"
        try:
            check_signature(entry.signed, entry.item, (entry.act,), keys)
        except CurationProblem as problem:
            return problem.problem
        return None

    return why


def read_known_keys(path: Path) -> dict[str, frozenset[str]]:
    """Public keys by ORCID iD, from a file that people keep: one `0000-0000-0000-0000 KEY` a line, `#` for remarks."""
    known: dict[str, set[str]] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CurationProblem(str(path), f"cannot be read ({error})", "name the file of known keys") from error
    for number, each in enumerate(lines, start=1):
        words = each.split()
        if words and not each.startswith("#"):
            if len(words) != 2 or not is_orcid(words[0]):
                raise CurationProblem(f"{path}:{number}", "is no ORCID iD and key", "write `0000-0000-0000-0000 KEY`")
            known.setdefault(words[0], set()).add(words[1])
    return {orcid: frozenset(found) for orcid, found in known.items()}


def _check_content(content: str, told: Signed, item: Item) -> None:
    """CurationProblem unless the trusty URI and the signature are those of the content.

    The library's own check of a signature (2.0.1) lets every one pass, because it does not look at what PyCryptodome
    answers; so its canonical form is taken, and the signature is checked here.
    """
    from Crypto.Hash import SHA256
    from Crypto.Signature import pkcs1_15
    from nanopub.trustyuri.rdf import RdfHasher, RdfUtils

    found = statements_in(content)
    base = f"{told.uri}#"
    with _quiet():
        if told.uri != NAMES + RdfHasher.make_hash(RdfUtils.get_quads(_graph(found)), baseuri=base, hashstr=" "):
            raise CurationProblem(item.id, "has a signed form that was changed: its URI is of another content", _SEE)
        signatures = [value for _, (_, predicate, value) in found if predicate == iri(t.SIGNATURE)]
        rest = [each for each in found if each[1][1] != iri(t.SIGNATURE)]
        form = RdfHasher.normalize_quads(RdfUtils.get_quads(_graph(rest)), baseuri=base, hashstr=" ")
    try:
        (signature,) = signatures
        key = _rsa(told.key)
        pkcs1_15.new(key).verify(SHA256.new(form.encode()), b64decode(plain(signature), validate=True))
    except (ValueError, TypeError, IndexError, NotBase64) as error:
        raise CurationProblem(item.id, "has a signature that was not made with the key it names", _SEE) from error
    if key.size_in_bits() < SMALLEST_KEY:
        raise CurationProblem(item.id, f"is signed with a key of {key.size_in_bits()} bits", "have it signed again")


_SEE = "take the signed form as it was, or see who changed it"


def can_check() -> bool:
    """Whether the library is installed."""
    return find_spec("nanopub") is not None


def _library() -> Any:
    """The `nanopub` library; CurationProblem where it is not installed."""
    try:
        with _quiet():
            import nanopub
    except ImportError as error:
        raise CurationProblem(
            "signatures", f"need the nanopub library ({error})", "install it: pip install 'mtb-match[nanopub]'"
        ) from error
    return nanopub


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the deprecation warnings of rdflib, whose old class of graph the library uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
