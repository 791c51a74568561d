Feature: Clinically delicate points
  What a matcher must get right; each from a label or a table of the graph.

  Scenario: RAS must be tested before an EGFR antibody
    Panitumumab excludes patients whose RAS status is unknown

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    When the board asks
    Then the biomarker "KRAS:WT" is "not tested"
    And "panitumumab+folfox" is not recommended at all

  Scenario: RAS tested and wild type
    Once it is, the antibody is an option

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "KRAS:WT" is "present"
    And "panitumumab+folfox" is recommended "on-label"

  Scenario: A RAS mutation excludes the antibody
    Any RAS mutation defeats wild type

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "NRAS Q61K"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "NRAS:WT" is "absent"
    And "panitumumab+folfox" is not recommended at all

  Scenario: KRAS G12C in lung cancer is treated with one drug
    Monotherapy in lung

    Given a patient with "LUAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then "sotorasib" is recommended by "US:lumakras:0"
    And "sotorasib" is recommended "on-label"

  Scenario: KRAS G12C in colorectal cancer is treated with an EGFR antibody
    With cetuximab or panitumumab in colorectal cancer

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "fluorouracil+oxaliplatin" with best response "SD" stopped for "progression"
    And prior therapy with "fluorouracil+irinotecan" with best response "SD" stopped for "progression"
    When the board asks
    Then "adagrasib+cetuximab" is recommended "on-label"
    And "adagrasib" is not recommended "on-label"

  Scenario: A withdrawn indication was in force once
    The date asked for decides: infigratinib in 2022

    Given a patient with "CHOL" in "US"
    And the fusion "FGFR2::BICC1"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    When the board asks as of "2022-06-01"
    Then "infigratinib" is recommended "on-label"

  Scenario: A withdrawn indication is no longer on-label
    Infigratinib was withdrawn in May 2024

    Given a patient with "CHOL" in "US"
    And the fusion "FGFR2::BICC1"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    When the board asks
    Then "infigratinib" is not recommended "on-label"
    And the finding "approval" of "US:truseltiq:0" is "fail"

  Scenario: An approval of the future is none
    Before its approval the drug is not on-label

    Given a patient with "LUAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks as of "2020-01-01"
    Then "sotorasib" is not recommended at all

  Scenario: A filing is not an approval
    Furmonertinib for exon 20 insertions was only filed in China

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    When the board asks
    Then the finding "approval" of "CN:X086" is "fail"
    And "furmonertinib" is not recommended "on-label"

  Scenario: Exon 20 insertions are not sensitizing mutations
    Rules for activating mutations of other exons do not cover them

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    When the board asks
    Then the biomarker "EGFR:EX20INS" is "present"
    And the biomarker "EGFR:EX19DEL" is "not tested"
    And "erlotinib" is not recommended "on-label"

  Scenario: Germline or somatic: talazoparib in breast cancer
    Tumor-only sequencing cannot satisfy a germline label

    Given a patient with "BRCA" in "US"
    And the somatic alteration "BRCA2 p.S1982Rfs*22"
    And the marker "HER2 IHC" is "0"
    And the stage is "metastatic"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "GBRCA2:DEL" is "not tested"
    And "talazoparib" is not recommended "on-label"

  Scenario: HER2-low is also HER2-negative
    HER2 is several biomarkers

    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "1+"
    And the stage is "metastatic"
    When the board asks
    Then the biomarker "HER2:LOW" is "present"
    And the biomarker "HER2:NEG" is "present"
    And the biomarker "HER2:POS" is "absent"

  Scenario: IHC 2+ waits for ISH
    Neither positive nor low before it

    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "2+"
    When the board asks
    Then the biomarker "HER2:POS" is "equivocal"
    And the biomarker "HER2:LOW" is "equivocal"
    And the biomarker "HER2:OVEREXPR" is "present"

  Scenario: PD-L1 scores are not interchangeable
    A TPS says nothing of a CPS

    Given a patient with "LUAD" in "US"
    And the marker "PD-L1 TPS" is "60"
    When the board asks
    Then the biomarker "PDL1:TPS50" is "present"
    And the biomarker "PDL1:CPS10" is "not tested"

  Scenario: dMMR and MSI-H are different assays
    A label may name only one of them

    Given a patient with "UCEC" in "US"
    And the marker "MSI" is "MSI-H"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "MMR:D" is "not tested"
    And "dostarlimab" is not recommended "on-label"
    And "pembrolizumab" is recommended "on-label"

  Scenario: A vague diagnosis is undetermined
    A diagnosis more general than the label's type is not a match

    Given a patient with "LUNG" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    When the board asks
    Then the finding "tumor-type" of "US:lumakras:0" is "undetermined"
    And "sotorasib" is not recommended "on-label"

  Scenario: A benign classification removes a variant
    What the input classifies as benign supports nothing

    Given a patient with "HGSOC" in "US"
    And the alteration "BRCA2 p.K3326*" classified as "benign"
    And the stage is "recurrent"
    When the board asks
    Then the biomarker "BRCA2:DEL" is "not tested"

  Scenario: An unrecorded outcome leaves the condition open
    "Progressed on" is computed from the history, and an unrecorded end is undetermined

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    And prior therapy with "gefitinib" without a recorded outcome
    When the board asks
    Then the finding "prior-therapy" of "CN:X081" is "undetermined"
    And "osimertinib" is recommended "on-label"
