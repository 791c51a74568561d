Feature: Precise therapy for mCRPC through whole-exome sequencing
  Study protocol mcrpc-wes: lesions differ, clones evolve; sequencing guides the next treatment.

  Scenario: AR-V7 speaks against abiraterone and enzalutamide
    "patients with AR-V7 mutations have a poorer response to abiraterone or dextrozamide" (enzalutamide)

    Given the example "mcrpc-wes/ar-v7-positive.yaml"
    When the board asks
    Then the biomarker "AR:V7" is "present"
    And "abiraterone" is to be avoided because of "resistance"
    And "enzalutamide" is to be avoided because of "resistance"
    And "abiraterone+prednisone" is not recommended "on-label"
    And "enzalutamide" is not recommended "on-label"

  Scenario: With exome sequencing alone AR-V7 is not tested
    "GENETIC: Whole Exome Sequencing" cannot call an isoform

    Given the example "mcrpc-wes/wes-only.json"
    When the board asks
    Then the biomarker "AR:V7" is "not tested"
    And "enzalutamide" is recommended "on-label"

  Scenario: AR-V7 tested and not found
    "than patients with prostate cancer without AR-V7 mutation"

    Given a patient with "PRAD" in "CN"
    And the marker "AR-V7" is "not detected"
    And the stage is "mCRPC"
    And prior therapy with "docetaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "AR:V7" is "absent"
    And "enzalutamide" is recommended "on-label"

  Scenario: MSI-H prostate cancer gets a PD-1 inhibitor
    "for solid tumors with MSI-H or dMMR, PD-1 Inhibitors can also bring the desired results"

    Given a patient with "PRAD" in "US"
    And the marker "MSI" is "MSI-H"
    And the stage is "mCRPC"
    And prior therapy with "abiraterone" with best response "PD" stopped for "progression"
    When the board asks
    Then "pembrolizumab" is recommended "on-label"
    And the biomarker "MMR:D" is "not tested"

  Scenario: Olaparib in mCRPC by place: the US list of HRR genes
    "The best method to treat the disease": an ATM loss is on the US label's list

    Given a patient with "PRAD" in "US"
    And the somatic alteration "ATM p.R1875*"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then "olaparib" is recommended "on-label"

  Scenario: Olaparib in mCRPC by place: BRCA1 and BRCA2 alone in China
    "The genetic characteristics of mCRPC patients in China": an ATM loss is not on the Chinese label

    Given a patient with "PRAD" in "CN"
    And the somatic alteration "ATM p.R1875*"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then "olaparib" is not recommended "on-label"

  Scenario: The effects of treatments on prognosis are compared, with the caution that nobody drew lots
    "Compare the effects of different treatments on the prognosis of patients as Assessed by PSA progression and progression in imaging by RECIST Version 1.1"

    Given the study patients, enrolled on "2024-01-01"
      | patient | date       | event         | what        |
      | A       | 2024-01-02 | therapy start | abiraterone |
      | A       | 2024-03-02 | progression   | PSA         |
      | B       | 2024-01-02 | therapy start | abiraterone |
      | B       | 2024-04-01 | assessment    | PD          |
      | C       | 2024-01-02 | therapy start | abiraterone |
      | C       | 2024-05-01 | assessment    | SD          |
      | C       | 2024-06-30 | progression   | PSA         |
      | D       | 2024-01-02 | therapy start | olaparib    |
      | D       | 2024-08-29 | assessment    | PD          |
      | E       | 2024-01-02 | therapy start | olaparib    |
      | E       | 2024-09-28 | progression   | PSA         |
      | F       | 2024-01-02 | therapy start | olaparib    |
      | F       | 2024-10-28 | assessment    | PR          |
      | F       | 2024-12-01 | last contact  |             |
    When the endpoint "progression-free survival" of each treatment is computed with "progression_by: PSA, imaging"
    Then the median under "abiraterone" is 3.0 months
    And the median under "olaparib" is 8.9 months
    And the comparison of the treatments says "log-rank test of abiraterone (3), olaparib (3): p = 0.0"
    And the comparison of the treatments says "was not drawn by lot"
