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

  Scenario: A sensitive organoid lifts a scheme among its equals
    "The future treatment plan of patients will be timely adjusted based on the tumor inhibition rate of PDO models"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" has an inhibition of "71" on "2024-03-01"
    When the board asks
    Then "trastuzumab emtansine" ranks before "capecitabine+pyrotinib"
    And "trastuzumab emtansine" ranks before "trastuzumab deruxtecan"
    And the finding "functional" of "CN:X015" is "pass"
    And the proof of "trastuzumab emtansine" names "inhibits it by 71%"
    And the kept proof of "trastuzumab emtansine" with organoids "holds"

  Scenario: A resistant organoid lowers a scheme behind its equals, and forbids nothing
    "the matched PDO model will accept a variety of potential effective schemes intervention"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "pyrotinib + capecitabine" has an inhibition of "3" on "2024-03-01"
    When the board asks
    Then "trastuzumab deruxtecan" ranks before "capecitabine+pyrotinib"
    And "capecitabine+pyrotinib" is recommended "on-label"
    And the finding "functional" of "CN:X001" is "warn"

  Scenario: An organoid never carries a scheme over a tier or a level
    "Each group of patients will receive the best targeted treatment scheme from the current clinical perspective"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "lapatinib + capecitabine" has an inhibition of "95" on "2024-03-01"
    When the board asks
    Then "trastuzumab" ranks before "capecitabine+lapatinib"
    And "capecitabine+lapatinib" is recommended "off-label"

  Scenario: Organoids of two foci that differ are shown, and neither decides
    "Histological specimens obtained from different metastatic foci of patients"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" has an inhibition of "71" on "2024-03-01"
    And the organoid of "skin" under "T-DM1" has an inhibition of "2" on "2024-03-02"
    When the board asks
    Then "capecitabine+pyrotinib" ranks before "trastuzumab emtansine"
    And an option with "trastuzumab emtansine" has the finding "functional" "warn" that says "that of skin, 2024-03-02 is resistant"
    And an option with "trastuzumab emtansine" has the finding "functional" "warn" that says "that of liver, 2024-03-01 is sensitive"
    And the organoids are "conflicting" on "trastuzumab emtansine", "whole" of it

  Scenario: One drug of a scheme that was tested alone speaks of the scheme only as a part
    "combining genome sequencing with drug sensitivity test of PDO model"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "pyrotinib" has an inhibition of "72" on "2024-03-01"
    And the organoid of "liver" under "T-DM1" has an inhibition of "60" on "2024-03-01"
    When the board asks
    Then the organoids are "sensitive" on "capecitabine+pyrotinib", "part" of it
    And "trastuzumab emtansine" ranks before "capecitabine+pyrotinib"
    And "capecitabine+pyrotinib" ranks before "trastuzumab deruxtecan"

  Scenario: Resistance to one drug does not decide about the scheme that holds it
    "a variety of potential effective schemes intervention"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "capecitabine" has an inhibition of "1" on "2024-03-01"
    When the board asks
    Then the organoids are "resistant" on "capecitabine+pyrotinib", "part" of it
    And "capecitabine+pyrotinib" ranks before "trastuzumab deruxtecan"

  Scenario: A newer result of the same lesion and scheme takes the place of the older
    "timely adjusted based on the tumor inhibition rate of PDO models"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" has an inhibition of "80" on "2024-03-01"
    And the organoid of "liver" under "T-DM1" has an inhibition of "1" on "2024-06-01"
    When the board asks
    Then the organoids are "resistant" on "trastuzumab emtansine", "whole" of it
    And the organoid result of "2024-03-01" is "superseded"
    And the organoid result of "2024-06-01" is "counts"

  Scenario: The day of an organoid's result changes the order on that day
    "the best individualized application sequence of targeted therapy"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" has an inhibition of "71" on "2024-03-01"
    When the board compares "2024-02-28" with "2024-03-01"
    Then the finding "functional" came to "trastuzumab emtansine"
    And the change of "trastuzumab emtansine" rests on "inhibits it by 71%" of "patient.json:1"
    And "trastuzumab emtansine" ranks before "capecitabine+pyrotinib"

  Scenario: What if the organoid answers
    "can be prior to patients' response to the exact efficacy of specific regimens"

    Given a patient with HER2-positive breast cancer after trastuzumab
    When the board asks what if --add "organoids={sample: liver, drug: T-DM1, inhibition_percent: 71, date: 2024-03-01}"
    Then the finding "functional" came to "trastuzumab emtansine"
    And "trastuzumab emtansine" ranks before "capecitabine+pyrotinib"

  Scenario: A drug that only an organoid supports is listed apart and not recommended
    "DRUG: everolimus" is a candidate scheme of the protocol; without its alteration no evidence of the graph recommends it

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "everolimus" has an inhibition of "64" on "2024-03-01"
    When the board asks
    Then "everolimus" is not recommended at all
    And only organoids support "everolimus"

  Scenario: An organoid from before the progression asks for caution
    "refractory HER2 positive breast cancer": the tumor that progressed may be another than the one that was grown

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" has an inhibition of "71" on "2023-06-01"
    When the board asks
    Then the finding "functional-date" of "CN:X015" is "warn"

  Scenario: The regression is computed from the long diameters
    "Tumor regression rate based on the calculation of the long diameter in each group"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" went from "0.20" to "0.05" mm on "2024-03-01"
    When the board asks
    Then an option with "trastuzumab emtansine" has the finding "functional" "pass" that says "inhibition 75%"

  Scenario: A rate that is not that of the diameters is shown and not weighed
    "Tumor regression rate based on the calculation of the long diameter in each group"

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" has an inhibition of "90", from "0.20" to "0.15" mm
    When the board asks
    Then a note says "inhibition_percent 90 is not that of the long diameters (25)"
    And no option with "trastuzumab emtansine" has a finding "functional"

  Scenario: An unknown drug of an organoid is named with the nearest known ones
    Nothing is dropped silently: the result is shown and not weighed

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "pyrotinibb" has an inhibition of "90" on "2024-03-01"
    When the board asks
    Then a note says "unknown drug 'pyrotinibb' of an organoid"
    And the organoid result of "2024-03-01" is "unknown drug"
    And no option with "capecitabine+pyrotinib" has a finding "functional"

  Scenario: A laboratory's own cut-offs take the place of the declared ones
    The protocol gives no cut-off; those that are declared are the project's reading, unverified

    Given a patient with HER2-positive breast cancer after trastuzumab
    And the organoid of "liver" under "T-DM1" has an inhibition of "35" on "2024-03-01"
    And the laboratory calls an organoid sensitive from "30" and resistant below "15"
    When the board asks
    Then an option with "trastuzumab emtansine" has the finding "functional" "pass" that says "cut-off 30%, the laboratory's cut-offs"
