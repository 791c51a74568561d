"""Lists of retracted papers as they are found: Retraction Watch's file, other tables, plain lists, and others."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.curation.retractions import RetractedPapers, read_retracted
from kb.curation.sources import KINDS, papers, source_kind
from kb.errors import CurationProblem

HEADER = (
    "Record ID,Title,Subject,Institution,Journal,Publisher,Country,Author,URLS,ArticleType,RetractionDate,"
    "RetractionDOI,RetractionPubMedID,OriginalPaperDate,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature,"
    "Reason,Paywalled,Notes"
)
"""The columns of https://gitlab.com/crossref/retraction-watch-data."""


def watch(*rows: tuple[str, str, str, str, str]) -> str:
    """Rows of day, DOI, PMID, nature and reason as Retraction Watch writes them."""
    lines = [
        f'{n},"A, title",S,I,J,P,C,A,U,T,{day},10.1000/notice,0,1/1/2010 0:00,{doi},{pmid},{nature},{reason},No,'
        for n, (day, doi, pmid, nature, reason) in enumerate(rows)
    ]
    return "\n".join([HEADER, *lines]) + "\n"


def read(tmp_path: Path, text: str | bytes, name: str = "list.csv") -> dict[str, str]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {id: notice.told for id, notice in read_retracted(path).items()}


def test_retraction_watch_gives_both_ids_with_the_day_and_the_reason(tmp_path: Path) -> None:
    text = watch(("5/13/2021 0:00", "10.1000/ABC", "111", "Retraction", "+Image Manipulation;+Error in Data;"))
    told = " on 2021-05-13 (Image Manipulation; Error in Data)"
    assert read(tmp_path, text) == {"PMID:111": told, "doi:10.1000/abc": told}


@pytest.mark.parametrize(
    ("last", "retracted", "concern"),
    [("Reinstatement", False, False), ("Retraction", True, False), ("Correction", True, False)],
)
def test_the_last_notice_decides(tmp_path: Path, last: str, retracted: bool, concern: bool) -> None:
    path = tmp_path / "watch.csv"
    first = ("5/13/2021 0:00", "unavailable", "111", "Retraction", "")
    path.write_text(watch(("6/1/2023 0:00", "unavailable", "111", last, ""), first))
    found = read_retracted(path)
    assert ("PMID:111" in found, "PMID:111" in found.concerns) == (retracted, concern)


@pytest.mark.parametrize(
    ("notices", "concern"),
    [
        ((("5/13/2021", "Expression of concern"),), True),
        ((("5/13/2021", "Expression of concern"), ("5/13/2022", "Retraction")), False),
        ((("5/13/2021", "Expression of concern"), ("5/13/2022", "Reinstatement")), False),
        ((("5/13/2021", "Reinstatement"), ("5/13/2022", "Expression of concern")), True),
    ],
)
def test_a_concern_stands_until_it_is_settled(
    tmp_path: Path, notices: tuple[tuple[str, str], ...], concern: bool
) -> None:
    path = tmp_path / "watch.csv"
    path.write_text(watch(*((day, "", "111", nature, "") for day, nature in notices)))
    assert ("PMID:111" in read_retracted(path).concerns) is concern


def test_a_list_of_concerns_alone_is_a_list(tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    path.write_text(watch(("5/13/2021", "", "111", "Expression of concern", "")))
    assert (len(read_retracted(path)), bool(read_retracted(path))) == (0, True)
    assert not RetractedPapers({})


def test_only_notices_of_the_day_asked_for_count(tmp_path: Path) -> None:
    path = tmp_path / "watch.csv"
    path.write_text(watch(("5/13/2021", "", "111", "Retraction", ""), ("", "", "222", "Retraction", "")))
    assert set(read_retracted(path).until("2021-05-12")) == {"PMID:222"}
    assert set(read_retracted(path).until("2021-05-13")) == {"PMID:111", "PMID:222"}


@pytest.mark.parametrize("none", ["0", "", "unavailable", "Unavailable", "NA"])
def test_what_stands_for_no_id_is_none(tmp_path: Path, none: str) -> None:
    assert read(tmp_path, watch(("5/13/2021", none, none, "Retraction", ""))) == {}


def test_old_files_are_read_too(tmp_path: Path) -> None:
    text = watch(("5/13/2021", "10.1000/x", "0", "Retraction", "Señor")).encode("latin-1")
    assert read(tmp_path, text) == {"doi:10.1000/x": " on 2021-05-13 (Señor)"}


@pytest.mark.parametrize("header", ["pmid,doi", "PMID,DOI", "doi,PubMed ID"])
def test_another_table_needs_a_column_of_ids(tmp_path: Path, header: str) -> None:
    row = "111,10.1000/x" if header.lower().startswith("pmid") else "10.1000/x,111"
    assert set(read(tmp_path, f"{header}\n{row}\n")) == {"PMID:111", "doi:10.1000/x"}


def test_a_plain_list_holds_one_paper_a_line(tmp_path: Path) -> None:
    text = """# retracted, as the library told us
PMID:111 retracted 2021 for an error
222
pmid: 333
10.1000/AbC,
https://doi.org/10.1000/def
https://pubmed.ncbi.nlm.nih.gov/444/\tsee the notice

"""
    found = read(tmp_path, "\ufeff" + text, "list.txt")
    assert set(found) == {"PMID:111", "PMID:222", "PMID:333", "PMID:444", "doi:10.1000/abc", "doi:10.1000/def"}
    assert found["PMID:111"] == " (retracted 2021 for an error)"
    assert found["PMID:444"] == " (see the notice)"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("list.txt", b"PMID:1\nthe paper of Smith\n", "list.txt:2: 'the' is no PMID and no DOI"),
        ("list.csv", b"a,b\n1,2\n", "list.csv:1: has no column of PMIDs or DOIs"),
        ("list.txt", b"\x89PNG\0\0", "is no text"),
        ("list.csv", b'pmid\n"' + b"1" * 140_000 + b'"\n', "cannot be read (field larger"),
    ],
)
def test_what_is_no_list_is_told_with_its_place(tmp_path: Path, name: str, text: bytes, says: str) -> None:
    with pytest.raises(CurationProblem) as raised:
        read(tmp_path, text, name)
    assert says in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CurationProblem, match="cannot be read"):
        read_retracted(tmp_path / "nothing.csv")
    with pytest.raises(CurationProblem, match="cannot be read"):
        read_retracted(tmp_path)


@given(st.lists(st.integers(1, 10**8), unique=True), st.binary(max_size=200))
def test_any_bytes_are_a_list_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], junk: bytes
) -> None:
    folder = tmp_path_factory.mktemp("list")
    assert set(read(folder, "\n".join(map(str, numbers)), "list.txt")) == {f"PMID:{number}" for number in numbers}
    for name in ("list.csv", "list.txt"):
        with suppress(CurationProblem):
            assert all(id.startswith(("PMID:", "doi:10.")) for id in read(folder, junk, name))


# Sources


@pytest.mark.parametrize(
    ("label", "address", "kind"),
    [
        ("PMID:25184630", "https://pubmed.ncbi.nlm.nih.gov/25184630/", "publication"),
        ("doi:10.1000/x", "https://doi.org/10.1000/x", "publication"),
        ("the trial", "https://www.nejm.org/doi/full/10.1056/NEJMoa0900212", "publication"),
        ("PMC", "https://pmc.ncbi.nlm.nih.gov/articles/PMC5707196/", "publication"),
        ("JCO", "https://ascopubs.org/doi/10.1200/JCO.2020.38.15_suppl.1000", "abstract"),
        ("ASCO 196500", "https://meetings.asco.org/abstracts-presentations/196500", "abstract"),
        ("FDA label (201292s015lbl.pdf)", "https://www.accessdata.fda.gov/201292s015lbl.pdf", "label"),
        ("EMA EPAR Sutent, overview", "http://ema.europa.eu/en/medicines/human/EPAR/sutent", "label"),
        ("盐酸安罗替尼胶囊说明书 (meditool.cn)", "http://drugs.meditool.cn/x", "label"),
        ("NCCN guideline (nscl_blocks.pdf)", "https://www.nccn.org/x.pdf", "guideline"),
        ("NCT01234567", "https://clinicaltrials.gov/study/NCT01234567", "registration"),
        ("CIViC EID863", "https://civicdb.org/links/evidence_items/863", "database"),
        ("flcube.com", "https://flcube.com/?p=24324", "web page"),
        ("not the fda", "https://fda.gov.example.org/label", "web page"),
        ("general knowledge, unverified", None, "unpublished"),
    ],
)
def test_the_kind_of_a_source(label: str, address: str | None, kind: str) -> None:
    assert source_kind(label, address) == kind
    assert kind in KINDS


@pytest.mark.parametrize(
    ("label", "address", "ids"),
    [
        ("PMID:00123", None, ("PMID:123",)),
        ("x", "https://www.ncbi.nlm.nih.gov/pubmed/123", ("PMID:123",)),
        ("x", "https://doi.org/10.1000%2FABC", ("doi:10.1000/abc",)),
        ("doi:10.1000/abc.", "https://doi.org/10.1000/ABC", ("doi:10.1000/abc",)),
        ("x", "https://x.org/doi/10.1000/abc/full?query#part", ("doi:10.1000/abc",)),
        ("PMID:1 and more", None, ()),
        ("NCT01234567", "https://clinicaltrials.gov/study/NCT01234567", ()),
    ],
)
def test_the_paper_of_a_source(label: str, address: str | None, ids: tuple[str, ...]) -> None:
    assert papers(label, address) == ids
