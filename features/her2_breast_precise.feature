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

  Scenario Outline: Each of the six groups takes its patient, with its scheme
    "Patients as well as their paired Patient-derived organoids (PDO) models are divided into six groups according to genomic signatures. Each group of patients will receive the best targeted treatment scheme"; the groups are the project's reading

    Given the example "her2-breast-precise/groups/<file>.yaml"
    When the study "her2-breast-precise" assigns the patient
    Then the group is "<group>"
    And the scheme is "<scheme>"
    And nothing is to be confirmed

    Examples:
      | file           | group                                       | scheme                                                 |
      | heterogeneous  | HER2 heterogeneous                          | trastuzumab emtansine                                  |
      | kinase         | HER2 for a tyrosine kinase inhibitor        | pyrotinib + capecitabine                               |
      | two-antibodies | HER2 for a tyrosine kinase inhibitor        | pyrotinib + capecitabine                               |
      | pi3k           | PI3K/AKT/mTOR/PTEN altered                  | everolimus + trastuzumab                               |
      | cyclin         | HR-positive with cyclin D-CDK4/6 alteration | cdk4/6 inhibitor + aromatase inhibitor + trastuzumab   |
      | msi            | MSI-H, TMB-high or PD-L1 positive           | pd-1 inhibitor                                         |
      | kept           | HER2 kept without resistance alteration     | trastuzumab + pertuzumab + nab-paclitaxel              |

  Scenario: HER2 that differs between foci goes before every other signature
    "Histological specimens obtained from different metastatic foci of patients": a scheme for the PIK3CA mutation leaves the focus without HER2

    Given the example "her2-breast-precise/groups/heterogeneous.yaml"
    When the study "her2-breast-precise" assigns the patient
    Then the group is "HER2 heterogeneous"
    And the criteria of "PI3K/AKT/mTOR/PTEN altered" are met too
    And the proof of the group tells "liver: present (ERBB2 amplification was found)" from "amplified.cna.tsv:2"

  Scenario: HER2 kept after two antibodies goes before an alteration of the PI3K pathway
    "Different anti-HER2 treatment strategies for different mechanisms": after both antibodies a third course with trastuzumab is not the study's first scheme

    Given the example "her2-breast-precise/groups/two-antibodies.yaml"
    When the study "her2-breast-precise" assigns the patient
    Then the group is "HER2 for a tyrosine kinase inhibitor"
    And the criteria of "PI3K/AKT/mTOR/PTEN altered" are met too
    And the proof of the group tells "the disease progressed on 2 or more drugs of the class her2 antibody: yes (on pertuzumab, trastuzumab)" from "two-antibodies.yaml:11"

  Scenario: A lost RB1 keeps a CDK4/6 inhibitor out
    "DRUG: CDK4/6 inhibitor|DRUG: AI": it acts through RB1

    Given a patient with "IDC" in "CN"
    And the marker "HER2 IHC" is "3+"
    And the marker "ER" is "80 %"
    And the marker "MSI" is "MSS"
    And the marker "TMB" is "3"
    And the marker "PD-L1 CPS" is "0"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" with best response "PR" stopped for "progression"
    And the focus "liver", sequenced as an exome, shows "ERBB2 amplification, CCND1 amplification, RB1 homozygous deletion"
    And the focus "skin", sequenced as an exome, shows "ERBB2 amplification, CCND1 amplification"
    When the study "her2-breast-precise" assigns the patient
    Then the group is "HER2 kept without resistance alteration"
    And the group "HR-positive with cyclin D-CDK4/6 alteration" is passed over: "RB1"

  Scenario: What was not tested does not put a patient into a group, and is named
    "genome-wide sequencing together with Circulating tumor DNA": a copy-number test alone says nothing of PIK3CA

    Given a patient with "IDC" in "CN"
    And the copy number "ERBB2 amplification"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" with best response "PR" stopped for "progression"
    When the study "her2-breast-precise" assigns the patient
    Then the group is "HER2 kept without resistance alteration"
    And the group "PI3K/AKT/mTOR/PTEN altered" is to be confirmed: "not tested (no results of an assay that looks at PIK3CA"
    And the group "HER2 heterogeneous" is to be confirmed: "fewer than two foci were tested"

  Scenario: Plasma without a mutation leaves its group to be confirmed
    "Circulating tumor DNA (ctDNA) of blood samples": ctDNA alone rules nothing out

    Given a patient with "IDC" in "CN"
    And the somatic alteration "TP53 p.R175H"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" with best response "PR" stopped for "progression"
    And the ctDNA was tested by "WES"
    When the study "her2-breast-precise" assigns the patient
    Then the group is "HER2 kept without resistance alteration"
    And the group "PI3K/AKT/mTOR/PTEN altered" is to be confirmed: "equivocal"

  Scenario: A tumor that is not HER2-positive is not the study's
    "Patients with advanced Human Epidermal Growth Factor Receptor 2 (HER2) positive breast cancer resistant to trastuzumab"

    Given a patient with "IDC" in "CN"
    And the marker "HER2 IHC" is "1+"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" with best response "PR" stopped for "progression"
    When the study "her2-breast-precise" assigns the patient
    Then the patient is "not eligible", without a group: "HER2 positive (IHC 3+ or ISH+) - breast criteria: absent"

  Scenario: A response that lasts is no resistance
    "resistant to trastuzumab"

    Given a patient with "IDC" in "CN"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" metastatic, "2024-01-10" to "2025-01-10", stopped for "completed"
    When the study "her2-breast-precise" assigns the patient
    Then the patient is "not eligible", without a group: "the disease progressed on trastuzumab: no"

  Scenario: An unknown history leaves eligibility open, and says which group it would be
    "resistant to trastuzumab" has to be in the history

    Given a patient with "IDC" in "CN"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    When the study "her2-breast-precise" assigns the patient
    Then the patient is "of undetermined eligibility", without a group: "the disease progressed on trastuzumab: unknown"
    And the group would be "HER2 kept without resistance alteration"

  Scenario Outline: A relapse on adjuvant trastuzumab, or within a year of it, is resistance
    "resistant to trastuzumab": the protocol does not define it; this is the project's reading

    Given a patient with "IDC" in "CN"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "trastuzumab+docetaxel" adjuvant, "2024-01-10" to "2025-01-10", stopped for "completed"
    And prior therapy with "pyrotinib+capecitabine" metastatic, "<start>" to "2026-03-01", stopped for "progression"
    When the study "her2-breast-precise" assigns the patient
    Then eligibility is "<eligible>"

    Examples:
      | start      | eligible     |
      | 2025-06-01 | yes          |
      | 2026-02-01 | undetermined |

  Scenario: The response rate is that of the first evaluation, up to six weeks
    "objective response rate (ORR) according to RECIST (version 1.1) of each group, Up to six weeks, first evaluation"

    Given the study patient "responds at once", enrolled on "2024-01-01"
      | date       | event         | what                     |
      | 2024-01-02 | therapy start | pyrotinib + capecitabine |
      | 2024-02-13 | assessment    | PR                       |
    And the study patient "responds later", enrolled on "2024-01-01"
      | date       | event         | what                     |
      | 2024-01-02 | therapy start | pyrotinib + capecitabine |
      | 2024-02-12 | assessment    | SD                       |
      | 2024-03-25 | assessment    | PR                       |
    And the study patient "seen too late", enrolled on "2024-01-01"
      | date       | event         | what                     |
      | 2024-01-02 | therapy start | pyrotinib + capecitabine |
      | 2024-02-28 | assessment    | PR                       |
    When the endpoint "objective response rate" is computed with "within: 6 weeks; first_evaluation: yes"
    Then 1 of 3 treated patients counts
    And 1 of 2 evaluable patients counts
    And the best overall response of "responds later" is "SD"
    And the best overall response of "seen too late" is "NE"
    And the result says "among the treated: seen too late"

  Scenario: PFS1 runs from the group's scheme to a progression by RECIST
    "PFS1, Progress free survival (PFS) according to RECIST (version 1.1) of each group"; what the clinic alone sees is none

    Given the study patient "A", enrolled on "2024-01-01"
      | date       | event         | what     |
      | 2024-01-02 | therapy start | T-DM1    |
      | 2024-02-13 | assessment    | SD       |
      | 2024-03-01 | progression   | clinical |
      | 2024-03-26 | assessment    | PD       |
    And the study patient "B", enrolled on "2024-01-01"
      | date       | event         | what  |
      | 2024-01-02 | therapy start | T-DM1 |
      | 2024-02-13 | assessment    | PR    |
      | 2024-03-26 | assessment    | NE    |
      | 2024-09-01 | last contact  |       |
    When the endpoint "progression-free survival" is computed with "progression_by: imaging"
    Then "A" has an event after 84 days
    And "B" is censored after 42 days

  Scenario: Foci, dates and blood are reconciled
    "Histological specimens obtained from different metastatic foci of patients, are used to conduct genome-wide sequencing together with Circulating tumor DNA (ctDNA) of blood samples"

    Given the example "her2-breast-precise/foci-and-blood.yaml"
    When the board asks
    Then "PIK3CA H1047R" is shared among the samples
    And "PTEN R130*" is private among the samples
    And "ESR1 Y537S" is emerging among the samples
    And "ERBB2 L755S" is cleared among the samples
    And "ESR1 Y537S" in "plasma-2025" is "present"
    And "ERBB2 L755S" in "plasma-2025" is "equivocal"
    And "ERBB2 amplification" in "plasma-2025" is "not tested"

  Scenario: HER2 that differs between the foci is shown, and each option says so
    "specimens from different metastatic foci": HER2 3+ in the liver and 1+ in the skin

    Given the example "her2-breast-precise/foci-and-blood.yaml"
    When the board asks
    Then HER2 differs between the foci
    And HER2 is "positive" in "liver-2025"
    And HER2 is "negative" in "skin-2024"
    And HER2 is "not tested" in "plasma-2025"
    And the biomarker "HER2:POS" is "present"
    And the biomarker "HER2:NEG" is "absent"
    And the finding "heterogeneity" of "CN:X015" is "warn"

  Scenario: HER2 by immunohistochemistry of each focus
    "dynamic genomics detection of metastatic foci can fully reveal the mechanism of trastuzumab resistance"

    Given a patient with "BRCA" in "CN"
    And a sample "liver" of liver, taken on "2024-02-01", sequenced by "WES"
    And a sample "skin" of skin, taken on "2024-02-01", sequenced by "WES"
    And "HER2 IHC" of "liver" is "3+"
    And "HER2 IHC" of "skin" is "0"
    And the stage is "metastatic"
    When the board asks
    Then HER2 differs between the foci
    And the heterogeneity of "CN:X015" is told: "HER2 positive (IHC 3+ or ISH+) - breast criteria was found in liver and not in skin"

  Scenario: A mutation in one of two foci is told with the foci
    "Different anti-HER2 treatment strategies for different mechanisms"

    Given the example "her2-breast-precise/erbb2-mutation-two-foci.yaml"
    When the board asks
    Then "ERBB2 L755S" is private among the samples
    And "PIK3CA H1047R" is shared among the samples
    And the heterogeneity of "EID283" is told: "ERBB2 L755S was found in lymph-node and not in skin"

  Scenario: Blood that shows nothing rules nothing out
    "together with Circulating tumor DNA (ctDNA) of blood samples": one focus and blood do not tell whether it is shared

    Given a patient with "BRCA" in "CN"
    And a sample "liver" of liver, taken on "2024-02-01", sequenced by "WES"
    And "liver" has "PIK3CA p.H1047R" at an allele fraction of 30%
    And a sample "plasma" of blood, taken on "2024-02-03", sequenced by "WES"
    When the board asks
    Then "PIK3CA H1047R" in "plasma" is "equivocal"
    And "PIK3CA H1047R" is unclear among the samples

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

  Scenario: The plan follows the course: a second profile after resistance, with its organoid
    "The future treatment plan of patients will be timely adjusted"; "the best individualized application sequence"

    Given the course "timeline/her2-course.yaml"
    When the board replays the course
    Then "2024-02-03" brings molecular profile 1 of "liver, plasma"
    And "pyrotinib + capecitabine" was guided by profile 1
    And the advice of "2024-11-15" rests on "her2-course.yaml:30"
    And "2024-12-02" brings molecular profile 2 of "liver-2"

  Scenario: Response, inhibition rate and PFS1 of each group
    "ORR according to RECIST (version 1.1) of each group"; "Tumor regression rate based on the calculation of the long diameter in each group"; "PFS1 of each group"

    Given the file of "A" with "tumor_type: IDC; stage: metastatic; after: trastuzumab; HER2 IHC: 3+", enrolled on "2021-02-01" in the prospective arm
      | date       | event         | what                                                          |
      | 2021-02-08 | therapy start | pyrotinib + capecitabine                                      |
      | 2021-03-15 | assessment    | PR                                                            |
      | 2021-03-16 | organoid      | sample: liver, drug: pyrotinib, inhibition_percent: 64        |
      | 2021-08-02 | assessment    | PD                                                            |
    And the file of "HER2-negative" with "tumor_type: IDC; stage: metastatic; after: trastuzumab; HER2 IHC: 0", enrolled on "2021-02-01" in the prospective arm
      | date       | event         | what      |
      | 2021-02-08 | therapy start | pyrotinib |
    When the outcomes of the study "her2-breast-precise" are computed
    Then in the group "HER2 kept without resistance alteration" of the prospective arm "ORR" is "1 of 1 (100.0%)"
    And in the group "HER2 kept without resistance alteration" of the prospective arm "PDO model inhibition rate" is "64.0%"
    And in the group "HER2 kept without resistance alteration" of the prospective arm "PFS1" is "median 5.7 months, 1 event"
    And "HER2-negative" does not count because "not eligible"
