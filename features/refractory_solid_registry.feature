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

  Scenario: The response rate is given at each visit
    "ORR is judged based on RECIST 1.1 criteria for all treatment groups at each visit period"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | PR       |
      | 2022-04-25 | assessment    | CR       |
    And the study patient "B", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | SD       |
      | 2022-04-25 | assessment    | PR       |
    And the study patient "C", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | PD       |
    When the endpoint "objective response rate" is computed with "each_visit: yes"
    Then 2 of 3 patients count
    And the table "objective response by visit" has
      | visit | assessed | CR | PR | SD | PD | ORR of assessed | ORR of treated |
      | 1     | 3        | 0  | 1  | 1  | 1  | 0.33            | 0.33           |
      | 2     | 2        | 1  | 1  | 0  | 0  | 1.00            | 0.67           |

  Scenario: The best of several evaluations is the best overall response
    "The effectiveness of a patient would be evaluated multiple times, and the best one is defined as the best overall response"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-03 | therapy start | olaparib |
      | 2022-02-28 | assessment    | SD       |
      | 2022-04-25 | assessment    | PR       |
      | 2022-06-20 | assessment    | PD       |
      | 2022-08-15 | assessment    | PR       |
    And the study patient "changes", enrolled on "2022-01-01"
      | date       | event         | what      |
      | 2022-01-03 | therapy start | olaparib  |
      | 2022-02-28 | assessment    | SD        |
      | 2022-03-05 | therapy start | sotorasib |
      | 2022-04-25 | assessment    | CR        |
    When the endpoint "best overall response" is computed
    Then the best overall response of "A" is "PR"
    And the best overall response of "changes" is "SD"
    When the endpoint "best overall response" is computed with "confirm: yes"
    Then the best overall response of "A" is "SD"

  Scenario: PFS and OS are counted from the first administration
    "PFS is defined as the time from the first administration to disease progression or death"; "OS ... to death from any cause"

    Given the study patient "A", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-31 | therapy start | olaparib |
      | 2022-05-01 | assessment    | PD       |
      | 2022-07-30 | death         | cancer   |
    And the study patient "chose no therapy", enrolled on "2022-01-01"
      | date       | event | what   |
      | 2022-07-30 | death | cancer |
    When the endpoint "progression-free survival" is computed
    Then "A" has an event after 90 days
    And "chose no therapy" is not counted because "no treatment of the study is told"
    When the endpoint "overall survival" is computed
    Then "A" has an event after 180 days
    And the median is 5.9 months
