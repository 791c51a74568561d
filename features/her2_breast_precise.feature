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
    And the group "PI3K/AKT/mTOR/PTEN altered" is to be confirmed: "not tested (no assay that looks at PIK3CA"
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
