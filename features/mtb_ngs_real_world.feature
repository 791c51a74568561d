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
