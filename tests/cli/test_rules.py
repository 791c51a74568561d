"""`rules check`, `list`, `show` and `sql`, and `--rules`, as a curator uses them, and whose rule a proof names."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.command import command, process

SITE = "examples/site-rules"
PATIENT = "examples/her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
AS_OF = ("--as-of", "2026-11-20")
ADDED = "rule one-evidence-item [site rule, examples/site-rules/own.yaml:15]"
REPLACED = "rule trial-out-of-reach [site rule, examples/site-rules/own.yaml:3, overrides the rule of this name]"

BAD = """\
rules:
  - rule: first
    says: {en: "{Regimen}", zh: "{Regimen}"}
    cites: [TODO]
    if:
      - optoin(id: Option, regimen: Regimen)
    then: finding(option: Option, criterion: evidence, verdict: warn, about: x, recoverable: false)
  - rule: second
    says: {en: "{Nobody}", zh: "{Nobody}"}
    cites: [https://example.org]
    if:
      - option(id: Option, basis: rumour)
    then: flag(option: Option)
"""
WARNED = """\
rules:
  - rule: own
    says: "{Option} is an option"
    cites: [a decision of this site]
    if:
      - option(id: Option)
    then: flag(option: Option, mark: hypothesis)
"""


def run(
    *arguments: str | Path, by: Callable[..., CompletedProcess[str]] = command, **environment: str
) -> CompletedProcess[str]:
    done = by(*arguments, **environment)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def saved(folder: Path, text: str, name: str = "own.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def blocks(text: str) -> list[list[str]]:
    """The problems in a command's output: their lines."""
    return [block.splitlines() for block in text.strip().split("\n\n")]


def test_check_tells_every_problem_in_a_block_and_keeps_nothing(tmp_path: Path) -> None:
    site, cache = saved(tmp_path / "site", BAD), tmp_path / "cache"
    done = run("rules", "check", site, by=process, MTB_MATCH_CACHE=str(cache))
    assert (done.returncode, done.stdout) == (1, "")
    head, *problems = blocks(done.stderr)
    assert head == ["mtb-match: 6 problems in the rules, and none of them is used until mended:"]
    file = site / "own.yaml"
    assert [block[0] for block in problems] == [
        f"{file}:2: first",
        f"{file}:6: first",
        f"{file}:8: second",
        f"{file}:8: second",
        f"{file}:12: second",
        f"{file}:13: second",
    ]
    assert all(line.startswith("  error: ") for _, line, _ in problems)
    assert all(line.startswith("  do: ") for _, _, line in problems)
    assert problems[1][1] == "  error: unknown predicate `optoin`"
    assert problems[1][2].startswith("  do: did you mean `option` or ")
    assert not list(cache.rglob("rules-*"))


@pytest.mark.parametrize("words", [(PATIENT, *AS_OF), ("why", PATIENT, "pyrotinib", *AS_OF), ("rules", "list")])
def test_bad_rules_stop_every_command_with_all_problems(tmp_path: Path, words: tuple[str, ...]) -> None:
    site = saved(tmp_path / "site", BAD)
    done = run(*words, "--rules", site, by=process)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == run("rules", "check", site).stderr


def test_one_bad_file_keeps_out_the_good_ones_beside_it(tmp_path: Path) -> None:
    site = saved(tmp_path / "site", WARNED)
    saved(site, "rules: [\n", "broken.yaml")
    for words in (("rules", "check", site), ("rules", "show", "own", "--rules", site)):
        done = run(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "broken.yaml:2:" in done.stderr
    (site / "broken.yaml").unlink()
    assert run("rules", "show", "own", "--rules", site).stdout.startswith("own\n  {Option} is an option\n")


def test_warnings_are_shown_and_block_nothing(tmp_path: Path) -> None:
    site = saved(tmp_path / "site", WARNED)
    checked = run("rules", "check", site)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "warning: the rule has no sentence in Chinese (`zh`)" in checked.stdout
    assert f"  adds own ({site}/own.yaml:2)\n" in checked.stdout
    told = run(PATIENT, *AS_OF, "--rules", site, "--format", "json")
    assert told.returncode == 0
    assert "warning: the rule has no sentence in Chinese (`zh`)" in told.stderr
    assert "rules/library" not in told.stderr
    assert "hypothesis" in json.loads(told.stdout)["recommendations"][0]["flags"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("rules", "check"), 0),
        (("rules", "check", "rules/library"), 0),
        (("rules", "check", SITE, SITE), 0),
        (("rules", "check", "no-such-folder"), 1),
        (("rules", "check", "docs"), 1),
        (("rules", "show", "no-such-rule"), 1),
        (("rules", "check", "--fast"), 2),
        (("rules", "show"), 2),
        (("rules", "list", "--format", "xml"), 2),
        (("rules", "chekc"), 2),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int) -> None:
    done = run(*arguments, by=process)
    assert done.returncode == code, done.stderr
    assert (done.stdout == "") == (code != 0)


def test_list_and_show_name_the_sites_rules() -> None:
    listed = json.loads(run("rules", "list", "--rules", SITE, "--format", "json").stdout)
    own = {rule["name"]: rule for rule in listed["rules"] if rule["folder"] != "library"}
    assert {name: (rule["file"], rule["overrides"]) for name, rule in own.items()} == {
        "one-evidence-item": ("examples/site-rules/own.yaml", False),
        "trial-out-of-reach": ("examples/site-rules/own.yaml", True),
    }
    shown = run("rules", "show", "trial-out-of-reach", "--rules", SITE).stdout
    assert "file     examples/site-rules/own.yaml:3\n" in shown
    assert "in place of the rule of this name in an earlier folder" in shown
    assert "from     the library" in run("rules", "show", "trial-out-of-reach").stdout


@pytest.mark.parametrize("engine", ["durable", "sql"])
def test_why_names_the_sites_rule(engine: str) -> None:
    if engine == "durable" and sys.version_info >= (3, 13):
        pytest.skip("durable-rules cannot be imported here")
    told = run("why", PATIENT, "margetuximab", *AS_OF, "--rules", SITE, "--engine", engine).stdout
    words = " ".join(re.sub("[│├└─]", " ", told).split())
    assert f"({ADDED}; an example of the documentation)" in words
    # The library's rules beside it stay unmarked.
    assert "(rule off-label-by-evidence [" in words
    assert "site rule" not in run("why", PATIENT, "margetuximab", *AS_OF).stdout


def shown(page: str) -> str:
    """What a reader sees of a page."""
    return unescape(re.sub("<[^>]+>", "", page))


@pytest.mark.parametrize(
    ("lang", "marked"),
    [("en", ADDED), ("zh", "规则one-evidence-item［本机构规则，examples/site-rules/own.yaml:15］")],
)
def test_every_form_of_why_names_the_sites_rule(lang: str, marked: str) -> None:
    given = ("why", PATIENT, "margetuximab", *AS_OF, "--rules", SITE, "--lang", lang, "--format")
    page = run(*given, "html").stdout
    assert marked in shown(page)
    picture = " ".join(re.findall("<title>[^<]*</title>", page[page.index("<figure") : page.index("</figure>")]))
    assert "own.yaml:15" in picture
    assert marked in run(*given, "markdown").stdout.replace("\\", "")
    fired = {rule["name"]: rule for rule in json.loads(run(*given, "json").stdout)["rules_fired"]}
    assert "examples/site-rules/own.yaml:15" in json.dumps(fired["one-evidence-item"])


def test_every_format_with_a_proof_names_the_sites_rules() -> None:
    given = (PATIENT, *AS_OF, "--rules", SITE, "--format")
    answer = json.loads(run(*given, "json").stdout)
    proofs = {"+".join(each["regimen"]): each["proof"] for each in answer["recommendations"]}
    assert ADDED in proofs["margetuximab"]
    assert any(REPLACED in proof for proof in proofs.values())
    assert "rule trial-out-of-reach;" not in "".join(proofs.values())
    messages = [finding["message"] for each in answer["recommendations"] for finding in each["findings"]]
    assert any(message.endswith("[site rule, examples/site-rules/own.yaml:15]") for message in messages)
    page = shown(run(*given, "html").stdout)
    assert ADDED in page
    assert REPLACED in page
    text = run(*given, "markdown").stdout
    part = text.partition("## By rules of this site\n")[2].partition("## Avoid")[0].replace("\\", "")
    assert ADDED in part
    assert REPLACED in part
    library = run(PATIENT, *AS_OF, "--format", "markdown").stdout
    assert "site" not in library


def test_the_library_rule_that_is_overridden_does_not_fire() -> None:
    before = json.loads(run(PATIENT, *AS_OF, "--format", "json").stdout)
    after = json.loads(run(PATIENT, *AS_OF, "--rules", SITE, "--format", "json").stdout)

    def by_country(answer: dict, part: str) -> set[str]:
        blocking = [b for each in answer["not_recommended"] for b in each["blocking"]]
        findings = [f for each in answer["recommendations"] for f in each["findings"]]
        both = {"blocking": blocking, "findings": findings}[part]
        return {each["verdict"] for each in both if each["criterion"] == "country"}

    assert "fail" in by_country(before, "blocking")
    assert "fail" not in by_country(after, "blocking")
    assert "warn" in by_country(after, "findings")
    assert before["rules"]["digest"] != after["rules"]["digest"]


def test_a_blocking_rule_of_the_site_is_named_where_the_regimen_is_asked_for(tmp_path: Path) -> None:
    site = saved(
        tmp_path / "site",
        """\
rules:
  - rule: not-on-the-formulary
    says: {en: "{Regimen} is not on the formulary", zh: "{Regimen} 不在本院目录"}
    cites: [a decision of this site]
    if:
      - option(id: Option, regimen: Regimen)
      - regimen_drug(regimen: Regimen, drug: margetuximab)
    then: finding(option: Option, criterion: formulary, verdict: fail, about: drug, recoverable: false)
""",
    )
    done = run("why", PATIENT, "margetuximab", *AS_OF, "--rules", site)
    assert done.returncode == 1
    assert f"formulary: margetuximab is not on the formulary [site rule, {site}/own.yaml:2]" in done.stderr
    assert "no earlier rule concludes formulary in field `criterion` of `finding`" in done.stderr


def test_sql_prints_the_library_and_a_sites_rules_as_statements_that_run(tmp_path: Path) -> None:
    plain, done = run("rules", "sql"), run("rules", "sql", "--rules", SITE, by=process)
    assert (plain.returncode, done.returncode, done.stderr) == (0, 0, "")
    assert "-- rule one-evidence-item\n" in done.stdout
    assert "-- rule one-evidence-item\n" not in plain.stdout
    assert plain.stdout.count("-- rule option-by-evidence\n") == 2, "what it concludes, and its matches"
    sqlite3.connect(":memory:").executescript(done.stdout)
    bad = run("rules", "sql", "--rules", saved(tmp_path / "site", BAD))
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "unknown predicate `optoin`" in bad.stderr
