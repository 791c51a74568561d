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
