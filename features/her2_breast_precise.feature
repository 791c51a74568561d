Feature: Precise therapy for refractory HER2-positive advanced breast cancer
  Study protocol her2-breast-precise: patients resistant to trastuzumab, specimens from different metastatic foci sequenced with ctDNA.

  Scenario: HER2-amplified breast cancer after trastuzumab gets pyrotinib and capecitabine
    "patients with advanced HER2 positive breast cancer resistant to trastuzumab"; "DRUG: Pyrotinib|DRUG: Capecitabine"

    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks
    Then "pyrotinib+capecitabine" is recommended "on-label"
    And "pyrotinib+capecitabine" is recommended by "CN:X001"
    And the finding "prior-therapy" of "CN:X001" is "pass"
    And the finding "line" of "CN:X001" is "pass"
    And the biomarker "ERBB2:AMP" is "present"
    And the proof of "pyrotinib+capecitabine" names "her2-amplified-after-trastuzumab.yaml"
    And "pyrotinib+capecitabine" is reimbursed

  Scenario: The same patient without a taxane or anthracycline does not get it on-label
    "Each group of patients will receive the best targeted treatment scheme from the current clinical perspective"

    Given a patient with "BRCA" in "CN"
    And the copy number "ERBB2 amplification"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab" with best response "SD" stopped for "progression"
    When the board asks
    Then "pyrotinib+capecitabine" is not recommended "on-label"
    And the finding "prior-therapy" of "CN:X001" is "fail"

  Scenario: An unknown treatment history leaves the option on-label, to confirm
    "resistant to trastuzumab" has to be in the history; an unknown history is undetermined, not failed

    Given a patient with "BRCA" in "CN"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    When the board asks
    Then "pyrotinib+capecitabine" is recommended "on-label"
    And "pyrotinib+capecitabine" is marked "to confirm"
    And the finding "prior-therapy" of "CN:X001" is "undetermined"

  Scenario: An amplification by sequencing alone is told as such
    "Histological specimens obtained from different metastatic foci of patients, are used to conduct genome-wide sequencing"

    Given a patient with "BRCA" in "CN"
    And the copy number "ERBB2 amplification"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" with best response "PR" stopped for "progression"
    When the board asks
    Then the biomarker "HER2:POS" is "present"
    And "pyrotinib+capecitabine" is recommended "on-label"
    And the finding "biomarker-test" of "CN:X001" is "warn"

  Scenario: Sequencing that contradicts HER2 testing settles nothing
    "Different anti-HER2 treatment strategies for different mechanisms"

    Given a patient with "BRCA" in "CN"
    And the copy number "ERBB2 amplification"
    And the marker "HER2 IHC" is "0"
    And the stage is "metastatic"
    When the board asks
    Then the biomarker "HER2:POS" is "equivocal"
    And "pyrotinib+capecitabine" is not recommended "on-label"

  Scenario: T-DM1 and trastuzumab after progression on trastuzumab
    "DRUG: T-DM1" is an option; trastuzumab alone, on which the disease progressed, ranks last of the two

    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks
    Then "trastuzumab emtansine" ranks before "trastuzumab"
    And the finding "re-exposure" of "CN:X018" is "warn"

  Scenario: A PIK3CA mutation speaks against trastuzumab alone
    One publication of level B about another gene is shown, and does not outweigh the label; "dynamic genomics detection of metastatic foci can fully reveal the mechanism of trastuzumab resistance"

    Given the example "her2-breast-precise/erbb2-mutation-two-foci.yaml"
    When the board asks
    Then the conflict of "trastuzumab" with "EID2087" ends "kept with warning", decided by "the label here for its biomarker"
    And "trastuzumab" is not to be avoided
    And the biomarker "PIK3CA:H1047R" is "present"
    And the biomarker "ERBB2:L755S" is "present"

  Scenario: What no rule weighs is said
    "The future treatment plan of patients will be timely adjusted based on the tumor inhibition rate of PDO models": for the board

    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks
    Then a note says "no rule weighs the patient's organoids"

  Scenario: The plan follows the course: a second profile after resistance, with its organoid
    "The future treatment plan of patients will be timely adjusted"; "the best individualized application sequence"

    Given the course "timeline/her2-course.yaml"
    When the board replays the course
    Then "2024-02-03" brings molecular profile 1 of "liver, plasma"
    And "pyrotinib + capecitabine" was guided by profile 1
    And the advice of "2024-11-15" rests on "her2-course.yaml:30"
    And "2024-12-02" brings molecular profile 2 of "liver-2"
