@program
Feature: Evidence is curated safely
  A curator submits evidence, the gate looks at it, a second person decides, and only then it counts for a patient.
  Nothing is ever deleted: who did what, when and why stays, and every day's graph can be asked again.

  Background:
    Given the evidence
      | field        | value              |
      | gene         | EGFR               |
      | alteration   | L858R              |
      | drug         | afatinib           |
      | tumor-type   | LUAD               |
      | direction    | supports           |
      | significance | sensitivity        |
      | level        | B                  |
      | source       | PMID:27083334      |
      | study        | randomized trial   |
      | verified     | yes                |
    And a patient with lung adenocarcinoma and EGFR L858R in "CN"

  # --- 1: adding ---------------------------------------------------------------------------------------------------

  Scenario: Evidence is submitted field by field, and waits
    When Josiah Carberry submits it
    Then it is "submitted"
    And the answer says "EGFR:L858R: sensitivity to afatinib in LUAD"
    And the answer says "a second person decides"

  Scenario: Evidence in a table is the same item
    When Josiah Carberry submits it as a table
    Then it is "submitted"
    And it is the item that the fields make

  Scenario: Evidence in Turtle that was edited by hand is taken when it passes
    When Josiah Carberry submits it as Turtle with "level" changed from "B" to "C"
    Then it is "submitted"
    And it is another item than the fields make

  Scenario: Evidence is asked for field by field in a terminal
    When Josiah Carberry fills in the form in a terminal, and writes "afatnib" for the drug at first
    Then it is "submitted"
    And the answer says "afatinib"
    And it says what the fields say

  Scenario: Turtle that says what no item can say is refused with its words
    When Josiah Carberry submits it as Turtle with "level" changed from "B" to "Z"
    Then it is refused, and nothing is recorded
    And the answer says "'Z'"

  Scenario Outline: A field that is not understood is named with the nearest that is
    When Josiah Carberry submits it with "<field>" "<value>"
    Then it is refused, and nothing is recorded
    And the answer says "--<field>: "
    And the answer says "<nearest>"

    Examples:
      | field      | value    | nearest       |
      | gene       | EGRF     | EGF           |
      | drug       | afatnib  | afatinib      |
      | tumor-type | LUADD    | LUAD          |
      | level      | F        | B             |
      | source     | 27083334 | PMID:27083334 |

  Scenario: All that is wrong is told at once
    When Josiah Carberry submits it with "gene" "EGRF" and "drug" "afatnib"
    Then it is refused, and nothing is recorded
    And the answer says "--gene: "
    And the answer says "--drug: "

  Scenario: A dry run records nothing
    When Josiah Carberry tries to submit it without recording
    Then nothing is recorded
    And the answer says "EGFR:L858R: sensitivity to afatinib in LUAD"

  Scenario: A curator without a valid ORCID iD is refused
    When somebody with the ORCID iD "0000-0002-1825-0098" submits it
    Then it is refused, and nothing is recorded
    And the answer says "check digit"

  Scenario: An item is a set of named graphs: assertion, provenance, publication info
    Given Josiah Carberry submitted it on "2026-03-02" and Second Reader accepted it on "2026-03-09"
    When the journal is exported as text
    Then the item has the graphs "assertion, head, provenance, publication"
    And its assertion was attributed to "https://orcid.org/0000-0002-1825-0097"
    And its publication info has its digest

  # --- 2: the gate -------------------------------------------------------------------------------------------------

  Scenario: The same statement becomes another evidence of it
    When Josiah Carberry submits it
    Then it is "submitted"
    And the answer says "the same statement exists: EID879"

  Scenario: A contradiction is named, and what to do
    When Josiah Carberry submits it with "direction" "does not support"
    Then the answer says "contradicts"
    And the answer says "EID879"
    And the answer says "--supersedes EID879"

  Scenario: A drug that is not known does not become one by a slip
    When Josiah Carberry submits it with "drug" "afatinibum"
    Then it is refused, and nothing is recorded
    And the answer says "no therapy is called 'afatinibum'"

  Scenario: A level that the kind of source does not back is refused
    When Josiah Carberry submits it with "level" "A" and "study" "in vitro"
    Then it is refused, and nothing is recorded
    And the answer says "the study is in vitro"

  Scenario: A tumor type that is too vague is told
    When Josiah Carberry submits it with "tumor-type" "SOLID"
    Then the answer says "give the tumor types of the study's patients"

  Scenario: A retracted paper is refused where a list of them is given
    Given the paper "PMID:27083334" is on the list of retracted papers
    When Josiah Carberry submits it
    Then it is refused, and nothing is recorded
    And the answer says "PMID:27083334 was retracted"

  Scenario: The shape behind a finding is shown
    Given Josiah Carberry submitted it on "2026-03-02"
    When the gate looks at it and explains
    Then the answer says "mtbsh:SameStatement"

  # --- 3: the preview ----------------------------------------------------------------------------------------------

  Scenario: A preview tells the patients, with the cause, and the rules
    Given Josiah Carberry submitted it on "2026-03-02"
    When a decision on it is previewed for the patients of the registry
    Then the answer says "afatinib"
    And the answer says "sensitivity-applies"
    And the answer names the item
    And it is "submitted"

  Scenario: A preview tells the scenarios that move, and runs no other
    Given Josiah Carberry submitted it on "2026-03-02"
    And these scenarios
      """
      Feature: What our board expects

        Scenario: Afatinib for EGFR L858R
          Given a patient with "LUAD" in "CN"
          And the somatic alteration "EGFR L858R"
          When the board asks
          Then "afatinib" is recommended "off-label"

        Scenario: Pyrotinib for HER2
          Given a patient with "BRCA" in "CN"
          And the copy number "ERBB2 amplification"
          When the board asks
          Then something is recommended "on-label"
      """
    When the scenarios that it would move are asked for
    Then "Afatinib for EGFR L858R" moves, and the answer of "afatinib" differs by the item
    And 1 of 2 scenarios was run again

  Scenario: A scenario that holds no longer is named with its step
    Given these scenarios
      """
      Feature: What our board expects

        Scenario: Afatinib for EGFR L858R
          Given a patient with "LUAD" in "CN"
          And the somatic alteration "EGFR L858R"
          When the board asks
          Then the proof of "afatinib" names "EID879"
      """
    When the scenarios that a retraction of "EID879" would move are asked for
    Then "Afatinib for EGFR L858R" holds no longer, at "the proof of "afatinib" names "EID879""

  # --- 4: review ---------------------------------------------------------------------------------------------------

  Scenario: Nobody accepts what they submitted themselves
    When Josiah Carberry submits it
    And Josiah Carberry accepts it
    Then the answer says "a second person decides"
    And it is "submitted"

  Scenario: What waits does not count, and what a second person accepted does
    When Josiah Carberry submits it
    And the board asks for the patient
    Then it is not among the evidence for "afatinib"
    When the board asks for the patient, submitted items included
    Then it is among the evidence for "afatinib"
    When Second Reader accepts it because "the trial says so"
    And the board asks for the patient
    Then it is among the evidence for "afatinib"

  Scenario: More evidence for a regimen lowers none of its levels, whichever item leads
    When Josiah Carberry submits it
    And the board asks for the patient
    Then the "escat" level of "afatinib" in the answer is "I-A"
    When Second Reader accepts it because "the trial says so"
    And the board asks for the patient
    Then it is the first evidence for "afatinib"
    And the "escat" level of "afatinib" in the answer is "I-A"

  Scenario: A rejection needs a reason
    When Josiah Carberry submits it
    And Second Reader rejects it
    Then it is "submitted"
    And the answer says "reason"
    When Second Reader rejects it because "the trial had no such arm"
    Then it is "rejected"

  Scenario: What was accepted can be taken back, and the history keeps all of it
    Given Josiah Carberry submitted it on "2026-03-02" and Second Reader accepted it on "2026-03-09"
    When Second Reader retracts it because "the data were wrong"
    Then it is "retracted"
    When the history of the item is asked for
    Then the answer says "2026-03-02"
    And the answer says "submitted by Josiah Carberry"
    And the answer says "accepted by Second Reader"
    And the answer says "retracted by Second Reader (0000-0002-1694-233X): the data were wrong"

  Scenario: A better item supersedes an older one once it is accepted
    Given Josiah Carberry submitted it on "2026-03-02" and Second Reader accepted it on "2026-03-09"
    When Josiah Carberry submits it with "level" "C" to supersede it
    Then the older item is "accepted"
    When Second Reader accepts it because "the level is clearer"
    Then it is "accepted"
    And the older item is "superseded"

  Scenario: An item of the graph itself can be retracted and reinstated
    When Second Reader retracts "EID879" because "the board doubts it"
    And the board asks for the patient
    Then "EID879" is not among the evidence for "afatinib"
    When Josiah Carberry reinstates "EID879" because "the doubt was wrong"
    And the board asks for the patient
    Then "EID879" is among the evidence for "afatinib"

  Scenario Outline: The graph and the recommendations of a day can be asked again
    Given Josiah Carberry submitted it on "2026-03-02" and Second Reader accepted it on "2026-03-09"
    And Second Reader retracted it on "2026-06-01" because "the data were wrong"
    When the board asks for the patient as of "<day>"
    Then it is <counted> the evidence for "afatinib"

    Examples:
      | day        | counted   |
      | 2026-03-08 | not among |
      | 2026-03-09 | among     |
      | 2026-05-31 | among     |
      | 2026-06-01 | not among |

  # --- 5: safety ---------------------------------------------------------------------------------------------------

  Scenario: Two curators at once lose nothing
    When 4 curators submit an item each at the same time
    Then 4 items wait, and the journal holds

  Scenario: A write that is killed leaves the whole item or nothing
    When a submission is killed at 12 moments
    Then every item of the journal is whole, and the journal holds

  Scenario: A full disk is told, and nothing is lost
    Given Josiah Carberry submitted it on "2026-03-02"
    When a decision meets a disk without room
    Then the answer says "nothing was recorded"
    And it is "submitted"
    And the journal holds

  Scenario: Tampering is found
    Given Josiah Carberry submitted it on "2026-03-02" and Second Reader accepted it on "2026-03-09"
    When somebody changes the journal so that "Second Reader" is "Third Reader"
    And the journal is verified
    Then it is not as it was recorded

  # --- 6: ageing ---------------------------------------------------------------------------------------------------

  Scenario: What rests on a retracted paper has aged, and so do the patients' answers
    Given Josiah Carberry submitted it on "2026-03-02" and Second Reader accepted it on "2026-03-09"
    And the paper "PMID:27083334" is on the list of retracted papers
    When what has aged is asked for, for the patients of the registry
    Then the answer names the item
    And the answer says "P-1"

  # --- 7: round trips ----------------------------------------------------------------------------------------------

  Scenario: Exported and taken in elsewhere, it is the same
    Given Josiah Carberry submitted it on "2026-03-02" and Second Reader accepted it on "2026-03-09"
    When the journal is exported as text and taken into another journal
    Then both journals have the same digest

  Scenario: Two sites decide differently, and their texts merge by line
    Given Josiah Carberry submitted it on "2026-03-02"
    When one site accepts it, another rejects it, and their texts are merged by line
    Then it is "disputed" in the merged journal
