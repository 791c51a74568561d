Feature: Why a regimen is recommended
  The answer goes from the recommendation down to the patient's file and row, and to the graph's statements with their
  sources, dates, curators and releases. The four scores stay apart, each with what made it.

  Scenario: The proof ends in the patient's files and in the sources
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib + capecitabine"
    Then the answer says in its summary "recommendation 1 of"
    And the answer says in its summary "HER2 IHC 3+, ERBB2 amplification were reported"
    And the proof goes down to "liver.cna.tsv:2"
    And the proof goes down to "her2-amplified-after-trastuzumab.yaml:10"
    And the proof goes down to "https://flcube.com/?p=24324"
    And the file's place "liver.cna.tsv:2" gave "ERBB2 amplification"
    And the file's place "her2-amplified-after-trastuzumab.yaml:12" gave "taxane was received"

  Scenario Outline: A regimen may be named in any way
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "<name>"
    Then the answer says in its summary "capecitabine + pyrotinib: recommendation 1 of"

    Examples:
      | name                    |
      | capecitabine+pyrotinib  |
      | Pyrotinib + Xeloda      |
      | 吡咯替尼+卡培他滨       |
      | 吡咯替尼联合卡培他滨    |
      | XELODA＋pyrotinib       |

  Scenario: Variant closeness names the rung, the alteration and its place
    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.L858R"
    When the board asks why "gefitinib"
    Then the variant closeness is "exact" by "EGFR L858R" in "variants.tsv:2"
    And the answer says in its summary "variants.tsv:2"

  Scenario: A looser rung and a broader tumor type are told as such
    Given a patient with "LUAD" in "US"
    And the fusion "EML4::ALK"
    When the board asks why "alectinib"
    Then the variant closeness is "functional class" by "EML4::ALK fusion" in "fusions.tsv:2"
    And the tumor closeness of "NSCLC" to "LUAD" is "covered"

  Scenario: Each framework's level has the sub-criteria that made it
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib+capecitabine"
    Then the "amp" grade "I-A" rests on "is approved in CN for this biomarker and tumor type"
    And the "escat" grade "I-A" rests on "survival end point: improved"
    And the "escat" grade "I-A" rests on "kind of study: randomized trial"
    And the "escat" grade "I-A" rests on "selected or compared by the alteration: yes"
    And the "nct" grade "m1A" rests on "randomized trial"
    And the "civic" grade "A" rests on "CUR002"

  Scenario: What is not known for a better level is told apart from what is not met
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "KRAS p.G12C"
    When the board asks why "sotorasib"
    Then a better "escat" grade asks for "no ESMO-MCBS grade of PMID:34096690", which is "unknown"
    And a better "escat" grade asks for "reports survival end points already", which is "unmet"

  Scenario: Access says where it is authorized, since when, and who pays
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib+capecitabine"
    Then it is authorized in "CN" by "CN:X001" since "2018-08"
    And it is reimbursed

  Scenario: Access elsewhere is told as elsewhere
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "KRAS p.G12C"
    When the board asks why "sotorasib"
    Then it is authorized in "US", not here

  Scenario: What a board asks first stands first, and payers and cautions last
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib+capecitabine"
    Then the criteria are asked in the order "biomarker, tumor-type, approval, line, prior-therapy, co-medication, reimbursement"
    And "brivudine" is to be ruled out
    And the proof tells "6 cautions to rule out" in one line

  Scenario: Warnings and what to confirm are listed
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "KRAS p.G12C"
    When the board asks why "sotorasib"
    Then the criterion "reimbursement" is to be confirmed
    And the criterion "access" asks for caution
    And the answer says in its summary "To confirm: "
    And the answer says in its summary "Caution: "

  Scenario: Both sides of a conflict are shown with what decided
    Given a patient with "LUAD" in "US"
    And the fusion "EML4::ALK"
    And the somatic alteration "ALK G1202R"
    And the stage is "metastatic"
    And prior therapy with "alectinib" with best response "PR" stopped for "progression"
    When the board asks why "brigatinib"
    Then the answer shows "EID1351" against "US:alunbrig:0", decided by "preclinical"
    And the answer says in its summary "Against it: "

  Scenario: Statements of the graph are named once, with release, dates, sources and digest
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib+capecitabine"
    Then the statement "CN:X001" says "CN indication of capecitabine + pyrotinib, approved"
    And the statement "CN:X001" is of the release "starter-2026-11-20"
    And the statement "CN:X001" has the date "approved on" "2018-08"
    And the statement "CN:X001" has the source "https://flcube.com/?p=24324"
    And no curator is named for the statement "CN:X001"
    And every statement has a digest and is named once

  Scenario: Rules that fired are named once, with their sentence, citation and place
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib+capecitabine"
    Then the rule "on-label" of "library/5-tiers.yaml" says "capecitabine + pyrotinib is on-label"
    And every rule cites a source and is named once

  Scenario: Other options for the same regimen are named
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib+capecitabine"
    Then the option "CUR002" supports it too

  Scenario: What is not recommended says what blocks it, and where to ask on
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "entrectinib"
    Then why is refused because "NTRK1"
    And why is refused because "mtb-match why-not"

  Scenario: A part of a recommended combination names the combination
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks why "pyrotinib"
    Then why is refused because "capecitabine + pyrotinib"

  Scenario: The answer speaks Chinese
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks in Chinese why "pyrotinib+capecitabine"
    Then the answer has the headings "四项评分, 证明, 证据级别, 证据冲突"
    And the answer says in its summary "第1项推荐"
