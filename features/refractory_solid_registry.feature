Feature: Registry of patients with advanced refractory solid tumors
  Study protocol refractory-solid-registry: baseline, treatment history and genetic results; advice by guidelines and experience.

  Scenario: A RET fusion in thyroid cancer
    "targeted therapy guided by tumor molecular characteristics"

    Given the example "refractory-solid-registry/fusion-thyroid.yaml"
    When the board asks
    Then the biomarker "RET:FUSION" is "present"
    And "selpercatinib" is recommended "on-label"
    And the proof of "selpercatinib" names "neck.sv.tsv:2"

  Scenario: A variant of unknown significance is not actionable
    "The intervening genomic variants are defined by the conclusion after MTB discussion"

    Given the example "refractory-solid-registry/unknown-significance.yaml"
    When the board asks
    Then the biomarker "BRCA2:DEL" is "equivocal"
    And nothing is recommended "on-label"
    And nothing is recommended "off-label"
    And a note says "MLL2 is read as KMT2D"

  Scenario: A missing test is told, not guessed
    "Patients will choose for themselves whether to carry out targeted therapy": with the test that would settle it

    Given the example "refractory-solid-registry/unknown-significance.yaml"
    When the board asks
    Then the biomarker "HER2:OVEREXPR" is "not tested"
    And an option with "disitamab vedotin" is blocked by "biomarker"

  Scenario: A second profile after resistance names what changed
    "after resistance" the second molecular characteristics guide: C797S in the adrenal focus

    Given the example "refractory-solid-registry/lung-foci.maf" with "LUAD" in "CN"
    And the sample "REG-03-adrenal" is read
    When the board asks
    Then the biomarker "EGFR:C797S" is "present"
    And the finding "resistance" of "CN:X082" is "fail"
    And "osimertinib" is to be avoided because of "resistance"

  Scenario: A file of two foci is never mixed
    "genetic results" belong to one specimen; which one must be said

    Given the example "refractory-solid-registry/lung-foci.maf" with "LUAD" in "CN"
    When the board asks
    Then the board is told "2 samples"

  Scenario: ctDNA alone does not rule a mutation out
    "baseline information": a negative plasma result asks for tissue

    Given a patient with "BRCA" in "US"
    And the somatic alteration "TP53 p.R175H"
    And the marker "HER2 IHC" is "0"
    And the marker "ER" is "90 %"
    And the ctDNA was tested by "WES"
    When the board asks
    Then the biomarker "PIK3CA:MUT" is "equivocal"

  Scenario: Off-label use keeps its distance from on-label
    "guidelines and experience": the same fusion in another tumor type is off-label

    Given a patient with "PAAD" in "CN"
    And the fusion "CCDC6::RET"
    And the stage is "metastatic"
    When the board asks
    Then "pralsetinib" is recommended "off-label"
    And nothing is recommended "on-label"

  Scenario: After resistance a second profile guides the next therapy
    "After targeted therapy drug resistance, then the proportion of targeted therapy guided by the second tumor molecular
    characteristics would be calculated"

    Given the course "timeline/registry-second-profile.yaml"
    When the board replays the course
    Then on "2023-07-20" "re-sequencing" is to be considered because of "progression"
    And the advice of "2023-07-20" rests on "progression: osimertinib, 2023-07-20"
    And the advice of "2023-07-20" rests on "the newest molecular profile: lung, 2022-03-10"
    And "2023-08-01" brings molecular profile 2 of "blood"
    And on "2023-08-01" "re-sequencing" is not to be considered
    And on "2023-08-01" "osimertinib" goes from "off-label" to "not recommended" because of "EGFR C797S was found"
    And "osimertinib" was guided by profile 1
    And "gefitinib" was guided by profile 2

  Scenario: Without molecular targeted therapy the clinician evaluates a second test or withdrawal
    "If the patient fails to receive molecular targeted therapy ... the clinician will evaluate whether a second NGS
    resistance test is needed or the participant may withdraw from the study"

    Given the course "timeline/registry-withdrawal.yaml"
    When the board replays the course
    Then on "2023-09-08" "re-sequencing" is to be considered because of "no molecular therapy"
    And on "2023-09-08" "study" is to be considered because of "no molecular therapy"
    And nothing tells that a profile guided "fluorouracil + oxaliplatin"
    And on "2023-12-08" "study" is not to be considered

  Scenario: A therapy that is not tolerated after adequate treatment raises the same question, until the patient withdraws
    "or they cannot tolerate the adverse reaction of the drug after adequate treatment"

    Given the course "timeline/registry-withdrawal.yaml"
    When the board replays the course
    Then on "2024-02-29" "re-sequencing" is to be considered because of "intolerance"
    And on "2024-02-29" "study" is to be considered because of "intolerance"
    And the advice of "2024-02-29" rests on "weigh first whether its toxicity was treated adequately"
    And on "2024-03-15" "study" is not to be considered
