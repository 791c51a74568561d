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

  Scenario: dMMR prostate cancer gets a PD-1 inhibitor too
    "for solid tumors with MSI-H or dMMR, PD-1 Inhibitors can also bring the desired results"

    Given a patient with "PRAD" in "US"
    And the marker "MMR" is "dMMR"
    And the stage is "mCRPC"
    And prior therapy with "abiraterone" with best response "PD" stopped for "progression"
    When the board asks
    Then the biomarker "MMR:D" is "present"
    And "pembrolizumab" is recommended "on-label"
    And the biomarker "MSI:H" is "not tested"

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

  Scenario: PSA progression is a confirmed rise from the nadir, or a late rise without a decline
    "by observing the patient's prognosis，including PSA progression"

    Given the study patient "confirmed", enrolled on "2024-01-01"
      | date       | event         | what                |
      | 2023-12-20 | PSA           | 20, unit: ng/mL     |
      | 2024-01-01 | therapy start | enzalutamide        |
      | 2024-03-25 | PSA           | 4, unit: ng/mL      |
      | 2024-04-22 | PSA           | 6.5, unit: ng/mL    |
      | 2024-05-20 | PSA           | 7, unit: ng/mL      |
    And the study patient "not confirmed", enrolled on "2024-01-01"
      | date       | event         | what                |
      | 2023-12-20 | PSA           | 20, unit: ng/mL     |
      | 2024-01-01 | therapy start | enzalutamide        |
      | 2024-03-25 | PSA           | 4, unit: ng/mL      |
      | 2024-04-22 | PSA           | 6.5, unit: ng/mL    |
    And the study patient "never declined", enrolled on "2024-01-01"
      | date       | event         | what                |
      | 2023-12-20 | PSA           | 10, unit: ng/mL     |
      | 2024-01-01 | therapy start | abiraterone         |
      | 2024-02-26 | PSA           | 20, unit: ng/mL     |
      | 2024-04-01 | PSA           | 21, unit: ng/mL     |
    And the study patient "no baseline", enrolled on "2024-01-01"
      | date       | event         | what                |
      | 2024-01-01 | therapy start | abiraterone         |
      | 2024-02-26 | PSA           | 20, unit: ng/mL     |
    When the endpoint "PSA progression" is computed
    Then "confirmed" has an event after 112 days
    And "not confirmed" is censored after 112 days
    And the result says "the rise to 6.5 ng/mL on day 112 is not confirmed: not counted"
    And "never declined" has an event after 91 days
    And "no baseline" is not counted because "no PSA on or before 2024-01-01"
    When the endpoint "PSA response" is computed
    Then 2 of 3 patients count

  Scenario: The first of PSA progression and progression in imaging
    "PSA progression and progression in imaging by RECIST Version 1.1"

    Given the study patient "imaging first", enrolled on "2024-01-01"
      | date       | event         | what             |
      | 2023-12-20 | PSA           | 20, unit: ng/mL  |
      | 2024-01-01 | therapy start | enzalutamide     |
      | 2024-03-01 | assessment    | PD               |
      | 2024-03-25 | PSA           | 4, unit: ng/mL   |
      | 2024-04-22 | PSA           | 6.5, unit: ng/mL |
      | 2024-05-20 | PSA           | 7, unit: ng/mL   |
    And the study patient "PSA first", enrolled on "2024-01-01"
      | date       | event         | what             |
      | 2023-12-20 | PSA           | 20, unit: ng/mL  |
      | 2024-01-01 | therapy start | enzalutamide     |
      | 2024-03-25 | PSA           | 4, unit: ng/mL   |
      | 2024-04-22 | PSA           | 6.5, unit: ng/mL |
      | 2024-05-20 | PSA           | 7, unit: ng/mL   |
      | 2024-06-20 | assessment    | PD               |
    And the study patient "neither", enrolled on "2024-01-01"
      | date       | event         | what             |
      | 2023-12-20 | PSA           | 20, unit: ng/mL  |
      | 2024-01-01 | therapy start | enzalutamide     |
      | 2024-03-25 | PSA           | 4, unit: ng/mL   |
      | 2024-06-20 | assessment    | SD               |
    When the endpoint "PSA or imaging progression" is computed
    Then "imaging first" has an event after 60 days
    And "PSA first" has an event after 112 days
    And "neither" is censored after 171 days
    And the table "first progression" has
      | subject       | first progression by |
      | imaging first | imaging              |
      | PSA first     | PSA                  |
      | neither       | none                 |

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

  Scenario: Lesions differ within a site and between sites
    "Primary, metastases and blood are tested": two nodes of one region on one day, bone, the primary and blood

    Given the example "mcrpc-wes/lesions.yaml"
    When the board asks
    Then "SPOP F133L" is shared among the samples
    And "AR L702H" is private among the samples
    And "AR L702H" in "node-a" is "present"
    And "AR L702H" in "node-b" is "absent"
    And "AR L702H" in "plasma" is "present"
    And "BRCA2 R2336*" is private among the samples
    And "BRCA2 R2336*" in "plasma" is "equivocal"
    And the finding "heterogeneity" of "CN:X046" is "warn"

  Scenario: Primary, metastasis and blood of one patient are read together
    "By Genetic testing of the primary tumor, metastases or blood of the patient, and according to the test result of the patient, the patient's medication treatment can be provided"

    Given a patient with "PRAD" in "CN"
    And a sample "primary" of prostate, taken on "2021-11-20", sequenced by "WES"
    And a sample "metastasis" of bone, taken on "2024-03-20", sequenced by "WES"
    And a sample "blood" of blood, taken on "2024-03-22", sequenced by "WES"
    And "primary" has "TP53 p.R175H" at an allele fraction of 50%
    And "metastasis" has "TP53 p.R175H" at an allele fraction of 48%
    And "blood" has "TP53 p.R175H" at an allele fraction of 9%
    And "metastasis" has "BRCA2 p.R2336*" at an allele fraction of 40%
    And "blood" has "BRCA2 p.R2336*" at an allele fraction of 6%
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    When the board asks
    Then "TP53 R175H" is shared among the samples
    And "BRCA2 R2336*" in "primary" is "absent"
    And "BRCA2 R2336*" in "metastasis" is "present"
    And "BRCA2 R2336*" in "blood" is "present"
    And "olaparib" is recommended "on-label"
    And the proof of "olaparib" names "metastasis"

  Scenario: Lesions differ over time
    "clonal evolution": the same site before and after a therapy

    Given a patient with "PRAD" in "CN"
    And a sample "before" of bone, taken on "2021-11-20", sequenced by "WES"
    And a sample "after" of bone, taken on "2024-03-20", sequenced by "WES"
    And "before" has "SPOP p.F133L"
    And "after" has "AR p.L702H"
    And the stage is "mCRPC"
    When the board asks
    Then "AR L702H" is emerging among the samples
    And "SPOP F133L" is cleared among the samples

  Scenario: A loss of BRCA2 that the newest sample of the site does not show counts with a warning
    "clonal evolution ends responses"

    Given a patient with "PRAD" in "CN"
    And a sample "before" of bone, taken on "2021-11-20", sequenced by "WES"
    And a sample "after" of bone, taken on "2024-03-20", sequenced by "WES"
    And "before" has "BRCA2 p.R2336*"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    When the board asks
    Then "BRCA2 R2336*" is cleared among the samples
    And "olaparib" is recommended "on-label"
    And the finding "heterogeneity" of "CN:X046" is "warn"

  Scenario: A mutation in few of the tumor's cells is subclonal
    "Lesions differ within a site": an allele fraction of 8% at a purity of 80% is about a fifth of the tumor cells

    Given a patient with "PRAD" in "US"
    And a sample "bone" of bone, taken on "2024-03-20", sequenced by "WES"
    And a sample "node" of lymph node, taken on "2024-03-20", sequenced by "WES"
    And the purity of "bone" is 80%
    And "bone" has "ATM p.R1875*" at an allele fraction of 8%
    And the stage is "mCRPC"
    When the board asks
    Then the heterogeneity of "US:lynparza:6" is told: "HRR gene mutation - olaparib US 14-gene list was found in bone and not in node"
    And the clonality of "US:lynparza:6" is told: "HRR gene mutation - olaparib US 14-gene list is subclonal in bone: about 20% of the tumor cells have it"

  Scenario: The effects of different treatments on the prognosis
    "Compare the effects of different treatments on the prognosis of patients as Assessed by PSA progression and progression in imaging by RECIST Version 1.1"

    Given the file of "A" with "tumor_type: PRAD; stage: mCRPC", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what             |
      | 2020-12-20 | PSA           | 20, unit: ng/mL  |
      | 2021-01-04 | therapy start | abiraterone      |
      | 2021-03-05 | assessment    | PD               |
    And the file of "O" with "tumor_type: PRAD; stage: mCRPC", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what             |
      | 2020-12-20 | PSA           | 20, unit: ng/mL  |
      | 2021-01-04 | therapy start | Lynparza         |
      | 2021-03-29 | PSA           | 4, unit: ng/mL   |
      | 2021-06-03 | assessment    | PR               |
    When the outcomes of the study "mcrpc-wes" are computed
    Then in the group "abiraterone acetate" of the sequenced arm "PSA progression or progression in imaging" is "median 2.0 months, 1 event"
    And in the group "olaparib" of the sequenced arm "PSA progression or progression in imaging" is "median not reached, 0 events"
    And "Progression in imaging" of the sequenced arm is "median 2.0 months, 1 event"

  Scenario: A biomarker predicts the prognosis under the drugs that it concerns
    "find biomarker that predict patient prognosis"; "Prostate cancer patients with AR-V7 mutations have a poorer response to abiraterone or dextrozamide than patients with prostate cancer without AR-V7 mutation"

    Given the file of "positive 1" with "tumor_type: PRAD; stage: mCRPC; AR-V7: detected", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | abiraterone  |
      | 2021-03-05 | assessment    | PD           |
    And the file of "positive 2" with "tumor_type: PRAD; stage: mCRPC; AR-V7: detected", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | enzalutamide |
      | 2021-04-04 | assessment    | PD           |
    And the file of "positive 3" with "tumor_type: PRAD; stage: mCRPC; AR-V7: detected", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | abiraterone  |
      | 2021-03-20 | assessment    | PD           |
    And the file of "negative 1" with "tumor_type: PRAD; stage: mCRPC; AR-V7: not detected", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | enzalutamide |
      | 2021-09-01 | assessment    | PD           |
    And the file of "negative 2" with "tumor_type: PRAD; stage: mCRPC; AR-V7: not detected", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | abiraterone  |
      | 2021-10-31 | assessment    | PD           |
    And the file of "negative 3" with "tumor_type: PRAD; stage: mCRPC; AR-V7: not detected", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | enzalutamide |
      | 2021-12-30 | assessment    | SD           |
    And the file of "exome alone" with "tumor_type: PRAD; stage: mCRPC; samples: first of 2021-01-02", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | enzalutamide |
      | 2021-05-04 | assessment    | PD           |
    And the file of "taxane" with "tumor_type: PRAD; stage: mCRPC; AR-V7: detected", enrolled on "2021-01-01" in the sequenced arm
      | date       | event         | what         |
      | 2021-01-04 | therapy start | docetaxel    |
      | 2021-07-23 | assessment    | PD           |
    When the outcomes of the study "mcrpc-wes" are computed
    Then in the group "AR-V7 present" of the sequenced arm "PSA progression or progression in imaging" is "median 2.5 months, 3 events"
    And in the group "AR-V7 absent" of the sequenced arm "PSA progression or progression in imaging" is "median 9.9 months, 2 events"
    And in the group "AR-V7 not tested" of the sequenced arm "PSA progression or progression in imaging" is "median 3.9 months, 1 event"
    And the comparison of "PSA progression or progression in imaging" by "AR-V7" says "log-rank test of AR-V7 present (3), AR-V7 absent (3): p = 0.02"
    And the comparison of "PSA progression or progression in imaging" by "AR-V7" says "a difference need not be an effect"
    And the comparison of "PSA progression or progression in imaging" by "AR-V7" says "not compared: AR-V7 not tested (1)"
    And the study says of "PSA progression or progression in imaging": "AR-V7: not counted, whose first treatment of the study is another: taxane"
    And the study says of "PSA progression or progression in imaging": "MSI-H or dMMR: not compared, as it is present or absent in nobody"
