"""Signatures: what is signed is checked whole; what was changed, forged or signed by another is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.curation import signing
from kb.curation.acts import book
from kb.curation.arrival import arrival, check_signatures
from kb.curation.item import item_of
from kb.curation.journal import Journal, submission
from kb.curation.signing import (
    Key,
    check_signature,
    fingerprint,
    new_key,
    read_key,
    read_known_keys,
    read_signed,
    signed,
)
from kb.curation.text import Held, files, save
from kb.curation.text_reader import read
from kb.errors import CurationProblem
from tests.curated import CARBERRY, SECOND
from tests.kb.curation.books import at, item, submitted

SUBMITTED = submitted(item(), CARBERRY, 1)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    pytest.importorskip("nanopub")
    return new_key(tmp_path_factory.mktemp("keys") / "own", CARBERRY)


@pytest.fixture(scope="module")
def form(key: Key) -> str:
    return signed(item(), (SUBMITTED,), key, at(0))


# --- without the library ---------------------------------------------------------------------------------------------


def without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "find_spec", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "nanopub", None)


def test_without_the_library_signing_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without(monkeypatch)
    with pytest.raises(CurationProblem, match=r"need the nanopub library .* pip install 'mtb-match\[nanopub\]'"):
        read_key(tmp_path)
    assert signing.entry_check() is None


def test_the_journal_keeps_the_signed_form_with_its_submission(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "there.sqlite")
    again = submitted(item(), SECOND, 2)
    journal.take_in(book([item()], [SUBMITTED, again]), {again.id: "signed by the second"})
    assert [entry.signed for entry in journal.entries()] == [None, "signed by the second"]


@pytest.mark.parametrize("content", ["", "<a:b>", "<a:g> { <a:s> <a:p> <a:o> . }"])
def test_what_is_no_signed_form_is_refused(content: str) -> None:
    with pytest.raises(CurationProblem, match="is no signed item"):
        read_signed(content, "signed/x.trig")


# --- keys ------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_for_its_owner_alone_and_read_again(key: Key, tmp_path: Path) -> None:
    made = new_key(tmp_path / "mine", SECOND)
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "mine").iterdir()} == {
        "profile.yml": 0o600,
        "id_rsa": 0o600,
        "id_rsa.pub": 0o600,
    }
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700
    again = read_key(tmp_path / "mine" / "profile.yml")
    assert (again.person, again.public) == (SECOND, made.public)
    assert made.public != key.public
    with pytest.raises(CurationProblem, match="holds a key already"):
        new_key(tmp_path / "mine", SECOND)
    assert made.profile.private_key not in repr(made)


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        (None, "is no profile"),
        ("", "cannot be read as a profile"),
        ("orcid_id: x\nname: y\n", "cannot be read as a profile"),
        ("orcid_id: x\nname: y\nprivate_key: /none\npublic_key: /none\n", "cannot be read as a profile"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(profile: str | None, says: str, tmp_path: Path) -> None:
    pytest.importorskip("nanopub")
    if profile is not None:
        (tmp_path / "profile.yml").write_text(profile, encoding="utf-8")
    with pytest.raises(CurationProblem, match=says):
        read_key(tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, key: Key) -> None:
    new_key(tmp_path / "mine", SECOND)
    (tmp_path / "mine" / "id_rsa").chmod(0o644)
    with pytest.raises(CurationProblem, match=r"id_rsa: can be read by others than its owner; chmod 600"):
        read_key(tmp_path / "mine")


def test_a_short_key_is_refused(tmp_path: Path, key: Key) -> None:
    from Crypto.PublicKey import RSA
    from nanopub.profile import format_key

    short = RSA.generate(1024)
    (tmp_path / "id_rsa").write_text(format_key(short.export_key("PEM", pkcs=8).decode()), encoding="utf-8")
    (tmp_path / "id_rsa.pub").write_text(format_key(short.publickey().export_key().decode()), encoding="utf-8")
    (tmp_path / "id_rsa").chmod(0o600)
    (tmp_path / "profile.yml").write_text(
        f"orcid_id: https://orcid.org/{CARBERRY.orcid}\nname: J\n"
        f"private_key: {tmp_path}/id_rsa\npublic_key: {tmp_path}/id_rsa.pub\n",
        encoding="utf-8",
    )
    with pytest.raises(CurationProblem, match="1024 bits"):
        read_key(tmp_path)


def test_known_keys_are_read_from_a_file_that_people_keep(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# of the board\n{CARBERRY.orcid} AAAA\n{CARBERRY.orcid} BBBB\n\n", encoding="utf-8")
    assert read_known_keys(path) == {CARBERRY.orcid: {"AAAA", "BBBB"}}
    path.write_text("Carberry AAAA\n", encoding="utf-8")
    with pytest.raises(CurationProblem, match="keys:1: is no ORCID"):
        read_known_keys(path)


# --- signing and checking --------------------------------------------------------------------------------------------


def test_what_is_signed_holds(key: Key, form: str) -> None:
    told = check_signature(form, item(), (SUBMITTED,), {CARBERRY.orcid: [key.public]})
    assert told.uri.startswith("https://w3id.org/mtb-match/kb/signed/RA")
    assert (told.item, told.digest, told.orcid, told.at) == (item().id, item().digest, CARBERRY.orcid, at(0))
    assert told.statements == frozenset(item().statements)
    assert signed(item(), (SUBMITTED,), key, at(0)) == form, "the same is signed alike"


def test_the_library_takes_the_signed_form_as_a_nanopublication(form: str) -> None:
    nanopub: Any = pytest.importorskip("nanopub")
    from rdflib import ConjunctiveGraph

    graph = ConjunctiveGraph()
    graph.parse(data=form, format="trig")
    found = nanopub.Nanopub(rdf=graph)
    assert found.is_valid
    assert found.has_valid_trusty


@pytest.mark.parametrize("said", ["0.50", "\x07 bell", 'a\\b\n"c"', "2018-08", "阿法替尼", "\u202e"])
def test_any_text_of_an_item_can_be_signed(said: str, key: Key) -> None:
    other = item(said=said)
    assert check_signature(signed(other, (submitted(other, CARBERRY, 1),), key), other).item == other.id


def test_literals_are_signed_as_they_are_written(key: Key) -> None:
    form = (
        '"2018-08"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>',
        '"01"^^<http://www.w3.org/2001/XMLSchema#integer>',
    )
    node = "<https://w3id.org/mtb-match/kb/evidence/CURATED%3Anew>"
    other = item_of((node, "<a:p>", value) for value in (*form, '"x"@zh', '"true"^^<a:b>'))
    made = signed(other, (submitted(other, CARBERRY, 1),), key)
    assert check_signature(made, other).statements == frozenset(other.statements)


def test_nobody_signs_for_another(key: Key) -> None:
    with pytest.raises(CurationProblem, match="is submitted by 0000-0002-1694-233X, and the key is of Josiah Carberry"):
        signed(item(), (submitted(item(), SECOND, 1),), key)
    with pytest.raises(CurationProblem, match="was not submitted"):
        signed(item(), (), key)


def resigned(form: str, change: Callable[[str], str], key: Key | None) -> str:
    """The form changed, with the trusty URI that fits, and signed again where there is a key: careful forgery."""
    import nanopub

    told = read_signed(form)
    found = [
        (graph.replace(told.uri, signing.NAMES).replace("#", "", 1), said)
        for graph, said in signing.statements_in(change(form))
    ]
    named = []
    for graph, said in found:
        said = tuple(each.replace(f"{told.uri}#", signing.NAMES).replace(told.uri, signing.NAMES) for each in said)
        if key is None or not any(mark in said[1] for mark in ("hasSig", "hasPublicKey", "hasAlgorithm")):
            named.append((graph, said))
    with signing._quiet():
        graph = signing._graph(named)
        if key is not None:
            made = nanopub.Nanopub(rdf=graph, conf=nanopub.NanopubConf(profile=key.profile))
            made.sign()
            return signing._written(str(made.source_uri), made.rdf)
        from nanopub.sign_utils import replace_trusty_in_graph
        from nanopub.trustyuri.rdf import RdfHasher, RdfUtils

        code = RdfHasher.make_hash(RdfUtils.get_quads(graph), baseuri=signing.NAMES, hashstr=" ")
        return signing._written(signing.NAMES + code, replace_trusty_in_graph(code, signing.NAMES, graph))


def test_the_forger_of_these_tests_makes_what_holds_when_nothing_is_changed(form: str, key: Key) -> None:
    assert resigned(form, str, None) == form
    assert resigned(form, str, key) == form


def test_a_changed_form_does_not_hold(form: str) -> None:
    for before, after in ((' "B"', ' "A"'), ("Josiah", "Jonah"), (at(0), at(1)), ('"RSA"', '"DSA"')):
        assert before in form
        with pytest.raises(CurationProblem, match="was changed"):
            check_signature(form.replace(before, after), item())


def test_a_changed_form_with_a_fitting_uri_does_not_hold(form: str) -> None:
    """The library's own check (2.0.1) lets this pass."""
    forged = resigned(form, lambda text: text.replace(at(0), at(1)), None)
    with pytest.raises(CurationProblem, match="not made with the key"):
        check_signature(forged, item())


def test_a_form_signed_in_the_name_of_another_needs_that_key_to_be_known(form: str, key: Key, tmp_path: Path) -> None:
    foreign = new_key(tmp_path / "foreign", SECOND)
    forged = resigned(form, str, foreign)
    assert check_signature(forged, item(), (SUBMITTED,)).key == foreign.public
    with pytest.raises(CurationProblem, match="not known as that of 0000-0002-1825-0097") as caught:
        check_signature(forged, item(), (SUBMITTED,), {CARBERRY.orcid: [key.public], SECOND.orcid: [foreign.public]})
    assert fingerprint(foreign.public) in str(caught.value)


def test_a_form_of_another_item_or_submitter_does_not_hold(form: str) -> None:
    with pytest.raises(CurationProblem, match="something else than the item"):
        check_signature(form, item("erlotinib"))
    with pytest.raises(CurationProblem, match="who did not submit it"):
        check_signature(form, item(), (submitted(item(), SECOND, 1),))


def test_a_journal_with_a_forged_form_is_told(form: str, key: Key, tmp_path: Path) -> None:
    test = signing.entry_check()
    assert test is not None
    journal = Journal(tmp_path / "a.sqlite")
    draft = submission(item(), CARBERRY, "options")
    other = submission(item("erlotinib"), CARBERRY, "options")
    journal.record(draft._replace(signed=form), other._replace(signed=form), submission(item("gefitinib"), SECOND, "x"))
    assert [test(entry) for entry in journal.entries()] == [
        None,
        "has a signed form that says something else than the item",
        None,
    ]


# --- with the text form ----------------------------------------------------------------------------------------------


def held(form: str) -> Held:
    return Held(book([item()], [SUBMITTED]), {SUBMITTED.id: form})


def test_a_signed_form_goes_with_its_item_and_is_checked_there(form: str, tmp_path: Path) -> None:
    save(tmp_path, held(form))
    found = read(tmp_path)
    assert found == held(form)
    coming = arrival(book((), ()), found, at(9))
    assert coming.signed == (SUBMITTED,)
    assert check_signatures(coming, found) == 0
    journal = Journal(tmp_path / "there.sqlite")
    journal.take_in(found.book, found.signed)
    assert [entry.signed for entry in journal.entries()] == [form]


def test_a_forged_form_is_not_taken_in(form: str, tmp_path: Path) -> None:
    forged = resigned(form, lambda text: text.replace(at(0), at(1)), None)
    save(tmp_path, held(forged))
    found = read(tmp_path)
    with pytest.raises(CurationProblem, match="not made with the key"):
        check_signatures(arrival(book((), ()), found, at(9)), found)


def test_without_the_library_signed_forms_are_carried_and_counted(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch)
    save(tmp_path, held(form))
    found = read(tmp_path)
    assert found == held(form)
    assert check_signatures(arrival(book((), ()), found, at(9)), found) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda path: path.unlink(), "is missing: the act"),
        (lambda path: path.rename(path.with_name("RAx.trig")), "not what it is named after"),
        (lambda path: path.write_text(path.read_text().replace('"B"', '"A"')), "does not say what"),
    ],
)
def test_a_folder_whose_signed_forms_do_not_fit_is_refused(
    change: Callable[[Path], object], says: str, form: str, tmp_path: Path
) -> None:
    save(tmp_path, held(form))
    change(next((tmp_path / "signed").iterdir()))
    with pytest.raises(CurationProblem, match=says):
        read(tmp_path)


def test_a_signed_form_of_no_act_is_refused(form: str, tmp_path: Path) -> None:
    save(tmp_path, held(form))
    (tmp_path / next(name for name in files(held(form)) if name.startswith("items/"))).unlink()
    with pytest.raises(CurationProblem, match="is of no act that was recorded"):
        read(tmp_path)
