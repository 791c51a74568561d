Feature: Personalized therapy by the board with the guidance of sequencing
  Study protocol mtb-ngs-real-world: advanced refractory solid tumors with no standard option; off-label therapies may be recommended.

  Scenario: KRAS G12C pancreatic cancer gets off-label, not on-label
    "Those recommendations may include some off-label targeted therapies"

    Given the example "mtb-ngs-real-world/kras-g12c-pancreas.vcf" with "PAAD" in "CN"
    When the board asks
    Then the biomarker "KRAS:G12C" is "present"
    And nothing is recommended "on-label"
    And "garsorasib" is recommended "off-label"
    And "sotorasib" is marked "authorized elsewhere"

  Scenario: With the standard therapies used up, what is left is off-label
    "Advanced refractory solid tumors patients with no standard treatment options"; "Those recommendations may include some off-label targeted therapies"

    Given a patient with "PAAD" in "CN"
    And the somatic alteration "KRAS p.G12C"
    And the stage is "metastatic"
    And the patient is 61 years old
    And prior therapy with "oxaliplatin + irinotecan + fluorouracil" with best response "SD" stopped for "progression"
    And prior therapy with "gemcitabine + nab-paclitaxel" with best response "PD" stopped for "progression"
    When the board asks
    Then nothing is recommended "on-label"
    And "garsorasib" is recommended "off-label"
    When the study "mtb-ngs-real-world" assigns the patient
    Then the patient is eligible for "an adult with an advanced solid tumor that was treated before"

  Scenario: Who was not treated yet still has standard options
    "Advanced refractory solid tumors patients with no standard treatment options"

    Given a patient with "PAAD" in "CN"
    And the somatic alteration "KRAS p.G12C"
    And the stage is "metastatic"
    And the patient is 61 years old
    And there was no prior therapy
    When the study "mtb-ngs-real-world" assigns the patient
    Then the patient is "not eligible", without a group: "1 or more lines of therapy: no"

  Scenario: A trial in China is in reach
    "Advanced refractory solid tumors patients with no standard treatment options"

    Given the example "mtb-ngs-real-world/kras-g12c-pancreas.vcf" with "PAAD" in "CN"
    When the board asks
    Then something is recommended "trial"
    And the finding "country" of "NCT04584008" is "pass"
    And the finding "trial-status" of "NCT04584008" is "warn"

  Scenario: A trial elsewhere is not in reach
    "recommendations for advanced refractory solid tumors patients" must be reachable

    Given the example "mtb-ngs-real-world/kras-g12c-pancreas.vcf" with "PAAD" in "US"
    When the board asks
    Then the finding "country" of "NCT04584008" is "fail"

  Scenario: BRAF V600E colorectal cancer is not offered dabrafenib and trametinib on-label
    "build a molecular phenotype": the label of dabrafenib + trametinib excludes colorectal cancer

    Given the example "mtb-ngs-real-world/braf-colorectal.tsv" with "COADREAD" in "US"
    When the board asks
    Then "dabrafenib+trametinib" is not recommended at all
    And the finding "tumor-type" of "US:tafinlar:5" is "fail"
    And "encorafenib+cetuximab" is recommended "on-label"

  Scenario: The same mutation in another solid tumor is on-label
    "Solid Tumor, Adult"

    Given a patient with "CHOL" in "US"
    And the somatic alteration "BRAF V600E"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    And the patient is 61 years old
    When the board asks
    Then "dabrafenib+trametinib" is recommended "on-label"

  Scenario: T790M after an EGFR inhibitor
    "track patient outcomes": the history decides, and the resistance mutation speaks against the first generation

    Given the example "mtb-ngs-real-world/egfr-lung.ann.vcf" with "LUAD" in "CN"
    When the board asks
    Then "osimertinib" is recommended "on-label"
    And "erlotinib" is to be avoided because of "resistance"
    And "gefitinib" is not recommended at all

  Scenario: A response counts up to three months
    "ORR is the percentage of participants with best overall response of complete response (CR), partial response (PR)"; "Up to three months"

    Given the study patient "in time", enrolled on "2024-01-01"
      | date       | event         | what      |
      | 2024-01-10 | therapy start | sotorasib |
      | 2024-02-21 | assessment    | SD        |
      | 2024-04-03 | assessment    | PR        |
    And the study patient "too late", enrolled on "2024-01-01"
      | date       | event         | what      |
      | 2024-01-10 | therapy start | sotorasib |
      | 2024-02-21 | assessment    | SD        |
      | 2024-05-15 | assessment    | CR        |
    And the study patient "never seen again", enrolled on "2024-01-01"
      | date       | event         | what      |
      | 2024-01-10 | therapy start | sotorasib |
    When the endpoint "objective response rate" is computed with "within: 3 months"
    Then 1 of 3 treated patients counts
    And 1 of 2 evaluable patients counts
    And the best overall response of "too late" is "SD"
    And the best overall response of "never seen again" is "NE"

  Scenario: PFS is that of participants who receive targeted drug therapy
    "Progression-free survival (PFS) is defined as progression free survival of all the evaluable participants who receive targeted drug therapy"

    Given the study patient "targeted", enrolled on "2024-01-01"
      | date       | event         | what         |
      | 2024-01-10 | therapy start | capecitabine |
      | 2024-03-10 | therapy start | olaparib     |
      | 2024-06-18 | assessment    | PD           |
    And the study patient "chemotherapy", enrolled on "2024-01-01"
      | date       | event         | what         |
      | 2024-01-10 | therapy start | capecitabine |
      | 2024-03-10 | assessment    | PD           |
    When the endpoint "progression-free survival" is computed with "of: targeted; progression_by: imaging; until: 2 years"
    Then "targeted" has an event after 100 days
    And "chemotherapy" is not counted because "no treatment of the study is targeted therapy"

  Scenario: PFS is calculated from various time points
    "PFS (Progression Free Survival), calculated from various time points"; "Up to two years"

    Given the study patient "A", enrolled on "2024-01-01"
      | date       | event         | what     |
      | 2024-01-31 | board         | liver    |
      | 2024-03-01 | therapy start | olaparib |
      | 2024-05-31 | assessment    | PD       |
    And the study patient "B", enrolled on "2024-01-01"
      | date       | event         | what     |
      | 2024-03-01 | therapy start | olaparib |
      | 2024-05-31 | assessment    | PD       |
    When the endpoint "progression-free survival" is computed with "from: treatment start, board, enrolment; until: 2 years"
    Then the table "by time origin" has
      | from            | subjects | events | median (months) | not counted |
      | treatment start | 2        | 2      | 2.99            | 0           |
      | board           | 1        | 1      | 3.98            | 1           |
      | enrolment       | 2        | 2      | 4.96            | 0           |

  Scenario: Survival is watched for two years
    "OS is defined as time from initiation to death of any cause"; "from the start of treatment to date of death, assessed up to 2 years"

    Given the study patient "died", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-01 | therapy start | olaparib |
      | 2022-11-27 | death         | accident |
    And the study patient "died after two years", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-01 | therapy start | olaparib |
      | 2024-06-01 | death         | cancer   |
    And the study patient "day of death unknown", enrolled on "2022-01-01"
      | date       | event         | what     |
      | 2022-01-01 | therapy start | olaparib |
      | 2022-11    | death         | cancer   |
    When the endpoint "overall survival" is computed with "until: 2 years"
    Then "died" has an event after 330 days
    And "died after two years" is censored after 730.5 days
    And "day of death unknown" is not counted because "the death has no full date: 2022-11"

  Scenario: Adverse drug reactions count until 30 days after the last dose
    "Adverse events determined according to CTCAE (version 4.03)., 30 days after last dose."

    Given the study patient "within 30 days", enrolled on "2024-01-01"
      | date       | event         | what                                                              |
      | 2024-01-10 | therapy start | sotorasib                                                         |
      | 2024-04-10 | therapy stop  | toxicity                                                          |
      | 2024-05-10 | adverse event | Diarrhoea, grade: 2, serious: no, related: yes, ctcae: 4.03       |
    And the study patient "later", enrolled on "2024-01-01"
      | date       | event         | what                                                              |
      | 2024-01-10 | therapy start | sotorasib                                                         |
      | 2024-04-10 | therapy stop  | progression                                                       |
      | 2024-05-11 | adverse event | Diarrhea, grade: 2, serious: no, related: yes, ctcae: 4.03        |
    And the study patient "before the first dose", enrolled on "2024-01-01"
      | date       | event         | what                                                              |
      | 2024-01-09 | adverse event | Diarrhea, grade: 1, serious: no, related: no, ctcae: 4.03         |
      | 2024-01-10 | therapy start | sotorasib                                                         |
      | 2024-04-10 | therapy stop  | progression                                                       |
    And the study patient "day not told", enrolled on "2024-01-01"
      | date       | event         | what                                                              |
      | 2024-01-10 | therapy start | sotorasib                                                         |
      | 2024-04-10 | therapy stop  | progression                                                       |
      | 2024-05    | adverse event | Diarrhea, grade: 2, serious: no, related: yes, ctcae: 4.03        |
    When the endpoint "adverse events" is computed with "ctcae: 4.03; until_after_last_dose: 30 days; counts: related"
    Then 1 of 4 patients counts
    And the result says "Diarrhea of 2024-05 may lie within the window or not: not counted; give its day"

  Scenario: A term has the class of the protocol's version of CTCAE
    "CTCAE (version 4.03)": the reaction to an infusion moved to another class in 5.0

    Given the study patient "A", enrolled on "2024-01-01"
      | date       | event         | what                                                                       |
      | 2024-01-10 | therapy start | sotorasib                                                                  |
      | 2024-01-10 | adverse event | Infusion related reaction, grade: 2, serious: no, related: yes, ctcae: 4.03 |
    When the endpoint "adverse events" is computed with "ctcae: 4.03"
    Then the table "by class and term" has
      | system organ class                                   | term                      |
      | General disorders and administration site conditions | any term                  |
      | General disorders and administration site conditions | Infusion related reaction |

  Scenario: The study's four outcomes in one report
    "to track patient outcomes, including ORR (Objective Response Rate), PFS (Progression Free Survival), OS (Overall Survival) and ADR (Adverse Drug Reaction)"

    Given the file of "targeted" with "tumor_type: LUAD; stage: metastatic; age: 60; after: gefitinib", enrolled on "2022-01-01" in the real world arm
      | date       | event         | what                                                      |
      | 2022-01-20 | therapy start | osimertinib                                               |
      | 2022-03-20 | assessment    | PR                                                        |
      | 2022-03-21 | adverse event | Diarrhea, grade: 2, related: yes, ctcae: 4.03             |
      | 2022-07-20 | assessment    | PD                                                        |
      | 2022-07-21 | therapy stop  | progression                                               |
      | 2023-01-20 | death         | cancer                                                    |
    And the file of "chemotherapy" with "tumor_type: LUAD; stage: metastatic; age: 55; after: gefitinib", enrolled on "2022-01-01" in the real world arm
      | date       | event         | what                                                      |
      | 2022-01-20 | therapy start | docetaxel                                                 |
      | 2022-03-20 | assessment    | SD                                                        |
      | 2022-05-20 | assessment    | PR                                                        |
      | 2022-06-01 | therapy stop  | completed                                                 |
      | 2022-07-20 | adverse event | Anemia, grade: 2, related: yes, ctcae: 4.03               |
      | 2024-06-01 | last contact  |                                                           |
    And the file of "a child" with "tumor_type: LUAD; stage: metastatic; age: 12; after: gefitinib", enrolled on "2022-01-01" in the real world arm
      | date       | event         | what        |
      | 2022-01-20 | therapy start | osimertinib |
    When the outcomes of the study "mtb-ngs-real-world" are computed
    Then "ORR" of the real world arm is "1 of 2 (50.0%)"
    And "PFS" of the real world arm is "median 5.9 months, 1 event"
    And "OS" of the real world arm is "median 12.0 months, 1 event"
    And "ADR" of the real world arm is "1 of 2 (50.0%)"
    And "a child" does not count because "not eligible"
