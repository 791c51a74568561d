Feature: What a new result changes, and why
  A patient's course gives new facts; the board sees which recommendations moved, and the facts that moved them.

  Scenario: A new KRAS mutation takes the antibody away
    The first biopsy is RAS wild type, so the label of panitumumab holds; the second is not

    Given the example "timeline/colorectal-emerging-kras.yaml"
    When the board compares "2024-01-15" with "2025-05-10"
    Then "folfox+panitumumab" went from "on-label" to "not recommended"
    And the change of "folfox+panitumumab" rests on "KRAS G12D was found" of "liver.tsv:4"
    And the finding "biomarker: fail" came to "folfox+panitumumab"
    And "panitumumab" is now to be avoided
    And "trametinib" went from "not recommended" to "off-label"

  Scenario: A completed line with its progression settles what the history left open
    Before the end of the first line nothing says how it ended

    Given the example "timeline/colorectal-under-antibody.yaml"
    When the board compares "2024-02-01" with "2024-09-30"
    Then the finding "prior-therapy: undetermined" left "nivolumab"
    And the finding "prior-therapy: pass" came to "nivolumab"
    And the change of "nivolumab" rests on "the disease progressed on oxaliplatin" of "colorectal-under-antibody.yaml:9"

  Scenario: Starting a line closes the labels of the line before
    Given the example "timeline/colorectal-under-antibody.yaml"
    When the board compares "2024-01-15" with "2024-02-01"
    Then "folfox+panitumumab" went from "on-label" to "not recommended"
    And the change of "folfox+panitumumab" rests on "the next is line 2" of "colorectal-under-antibody.yaml:9"
    And "regorafenib" went from "not recommended" to "on-label"

  Scenario: A progression while a drug is given is progression on it
    The file gives no end of the antibody, only the progression

    Given the example "timeline/colorectal-under-antibody.yaml"
    When the board compares "2024-11-01" with "2025-04-20"
    Then the event brought "progressed_on(therapy: panitumumab)"
    And the event took "outcome_unknown(therapy: panitumumab)"

  Scenario: A new result that changes nothing gives an empty difference
    Given the example "timeline/colorectal-emerging-kras.yaml"
    When the board compares "2024-01-15" with "2024-06-01"
    Then nothing moved

  Scenario: An alteration that is new is no resistance of one focus: it stays resistance
    What an earlier biopsy did not have and the newest has is there now, wherever it began

    Given the example "timeline/colorectal-emerging-kras.yaml"
    When the board asks
    Then "KRAS G12D" is emerging among the samples
    And "TP53 R273H" is shared among the samples
    And "panitumumab" is to be avoided because of "resistance"

  Scenario: A course is replayed date by date
    Two foci of time, organoids, responses and an adverse event: what moved, on which day, and what did not

    Given the course "timeline/her2-course.yaml"
    When the board replays the course
    Then on "2023-11-20" "trastuzumab deruxtecan" goes from "off-label" to "on-label" because of "the disease progressed on trastuzumab"
    And on "2024-03-12" nothing moves
    And on "2024-11-15" "re-sequencing" is to be considered because of "progression"
    And "2024-12-02" brings molecular profile 2 of "liver-2"
    And on "2024-12-02" "re-sequencing" is not to be considered
    And on "2024-12-02" "capivasertib" goes from "not recommended" to "off-label" because of "PIK3CA H1047R was found"
    And "trastuzumab deruxtecan" was guided by profile 2

  Scenario: No re-sequencing is advised where blood was sequenced on the day of the progression
    Given the patient file:
      """
      {id: P, tumor_type: LUAD, jurisdiction: CN, stage: metastatic,
       prior_therapies: [{regimen: [gefitinib], line: 1, start: 2024-01-10, stop: 2024-09-01, stopped_for: progression}],
       samples: [{id: lung, date: 2024-01-02, assay: WES}, {id: blood, kind: ctDNA, date: 2024-09-01, assay: WES}]}
      """
    When the board replays the course
    Then on "2024-09-01" "re-sequencing" is not to be considered

  Scenario: A progression known by its year leaves re-sequencing undetermined
    The second sample may have been taken before it or after it: nothing is guessed

    Given the patient file:
      """
      {id: P, tumor_type: LUAD, jurisdiction: CN, stage: metastatic,
       prior_therapies: [{regimen: [gefitinib], line: 1, start: 2023-01-10, stop: 2024, stopped_for: progression}],
       samples: [{id: lung, date: 2023-01-02, assay: WES}, {id: blood, kind: ctDNA, date: 2024-06-01, assay: WES}]}
      """
    When the board replays the course
    Then on "2024-12-31" whether "re-sequencing" is to be considered is undetermined

  Scenario Outline: A course that contradicts itself is told with its place
    Given the patient file:
      """
      id: P
      tumor_type: BRCA
      jurisdiction: CN
      prior_therapies: [{regimen: [pyrotinib], line: 1, start: 2024-01-10, stop: 2024-12-31}]
      events:
        - {<first>}
        - {<second>}
      """
    When the board replays the course
    Then the course is told "<text>" at "<place>"

    Examples:
      | first                                           | second                                                                  | text                                               | place          |
      | date: 2024-03-01, kind: assessment, response: PD | date: 2024-05-01, kind: assessment, response: CR                        | CR on 2024-05-01 follows PD                        | patient.yaml:7 |
      | date: 2024-03-01, kind: assessment, response: CR | date: 2024-05-01, kind: assessment, response: PR                        | comes back after CR is PD                          | patient.yaml:7 |
      | date: 2024-01-02, kind: assessment, response: PR | date: 2024-05-01, kind: last contact                                    | comes before the start of any therapy              | patient.yaml:6 |
      | date: 2025-01-02, kind: death                    | date: 2025-05-01, kind: last contact                                    | comes after the death                              | patient.yaml:7 |
      | date: 2024-01-02, kind: last contact             | date: 2024-05-01, kind: therapy start, regimen: [everolimus], line: 2   | while pyrotinib is given until 2024-12-31          | patient.yaml:7 |
