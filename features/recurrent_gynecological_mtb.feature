Feature: Personalized treatment of recurrent gynecological malignancies by the board
  Study protocol recurrent-gynecological-mtb: ovarian, cervical, endometrial; the plan weighs advice, coverage and trials.

  Scenario: BRCA1-mutated recurrent ovarian cancer in China
    "Tumor tissue and blood samples will undergo next-generation sequencing"; PARP inhibitors by the conditions of the place

    Given the example "recurrent-gynecological-mtb/brca1-ovarian.yaml"
    When the board asks
    Then the biomarker "GBRCA1:DEL" is "present"
    And "pamiparib" is recommended "on-label"
    And "fuzuloparib" is recommended "on-label"
    And the finding "biomarker" of "CN:X054" is "pass"

  Scenario: BRCA1-mutated recurrent ovarian cancer in the US, in response to platinum
    "treatment history": maintenance follows a response to platinum

    Given a patient with "HGSOC" in "US"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "CR" stopped for "completed"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    When the board asks
    Then "olaparib" is recommended "on-label"
    And "olaparib" is recommended by "US:lynparza:2"
    And "niraparib" is recommended by "US:zejula:0"

  Scenario: The same cancer after progression on platinum gets no maintenance
    "the retrospective arm will analyze ... subsequent treatment courses"

    Given a patient with "HGSOC" in "US"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "CR" stopped for "completed"
    And prior therapy with "carboplatin+paclitaxel" with best response "PD" stopped for "progression"
    When the board asks
    Then the finding "setting" of "US:lynparza:2" is "fail"
    And "olaparib" is not recommended "on-label"

  Scenario: Tumor sequencing alone cannot satisfy a germline label
    "Tumor tissue and blood samples": without blood the germline stays open

    Given a patient with "HGSOC" in "CN"
    And the somatic alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "GBRCA1:DEL" is "not tested"
    And the biomarker "BRCA1:DEL" is "present"
    And "pamiparib" is not recommended "on-label"

  Scenario: MSI-high endometrial cancer gets a PD-1 inhibitor
    "recurrent ovarian, cervical, or endometrial cancer"

    Given the example "recurrent-gynecological-mtb/msi-high-endometrial.yaml"
    When the board asks
    Then "pembrolizumab" is recommended "on-label"
    And "dostarlimab" is recommended "on-label"

  Scenario: Lenvatinib and pembrolizumab need a tested pMMR in the US
    "drug toxicity assessments" come after eligibility: the label asks for a negative biomarker, so it must have been tested

    Given a patient with "UCEC" in "US"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "MMR:P" is "not tested"
    And "lenvatinib+pembrolizumab" is not recommended at all

  Scenario: Lenvatinib and pembrolizumab once pMMR was found
    "genomic sequencing and molecular tumor boards lead to clinical responses"

    Given a patient with "UCEC" in "US"
    And the marker "MMR" is "pMMR"
    And the marker "MSI" is "MSS"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then "lenvatinib+pembrolizumab" is recommended "on-label"

  Scenario: The national list decides on reimbursement
    "insurance coverage for off-label medications"

    Given the example "recurrent-gynecological-mtb/brca1-ovarian.yaml"
    When the board asks
    Then "olaparib" is reimbursed

  Scenario Outline: The final plan differs from the board's for a reason that is kept
    "integrating multidisciplinary recommendations with patient preferences, comorbidity considerations, drug toxicity assessments, insurance coverage for off-label medications, and the availability of investigational drug trials"

    Given a patient with "HGSOC" in "CN"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And on "2024-05-06" the board recommended "olaparib"
    And on "2024-05-08" patient and clinician chose "<chosen>" for "<reason>"
    When the board asks
    Then the decision of "2024-05-08" is "<outcome>" for "<reason>"

    Examples:
      | chosen                    | reason              | outcome     |
      | niraparib                 | preference          | other       |
      | none                      | comorbidity         | none chosen |
      | bevacizumab + paclitaxel  | toxicity            | other       |
      | carboplatin + paclitaxel  | cost or coverage    | other       |
      | paclitaxel                | trial not available | other       |

  Scenario Outline: Recurrent ovarian, cervical and endometrial cancer are the study's
    "patients with recurrent ovarian, cervical, or endometrial cancer"

    Given a patient with "<tumor>" in "CN"
    And the somatic alteration "TP53 p.R175H"
    And the stage is "recurrent"
    When the study "recurrent-gynecological-mtb" assigns the patient
    Then the patient is eligible for "<words>"

    Examples:
      | tumor | words                        |
      | HGSOC | recurrent ovarian cancer     |
      | CESC  | recurrent cervical cancer    |
      | UEC   | recurrent endometrial cancer |

  Scenario: A stage alone does not tell that the cancer came back
    "Recurrent Gynecological Malignancies": stage IV may be the first diagnosis

    Given a patient with "HGSOC" in "CN"
    And the somatic alteration "TP53 p.R175H"
    And the stage is "IV"
    When the study "recurrent-gynecological-mtb" assigns the patient
    Then the patient is "of undetermined eligibility", without a group: "recurrent disease: unknown"

  Scenario: Response is assessed at the end of cycle 2, 3 or 4
    "an assessment was performed at the end of Cycle 2 or Cycle 3 or Cycle 4 (each cycle is 21-28 days) according to the actual situation"

    Given the study patient "by its cycle", enrolled on "2024-01-01"
      | date       | event         | what                       |
      | 2024-01-01 | therapy start | olaparib                   |
      | 2024-05-10 | assessment    | PR, modality: CT, cycle: 4 |
    And the study patient "by its date", enrolled on "2024-01-01"
      | date       | event         | what              |
      | 2024-01-01 | therapy start | olaparib          |
      | 2024-02-19 | assessment    | CR, modality: MRI |
    And the study patient "after one cycle", enrolled on "2024-01-01"
      | date       | event         | what             |
      | 2024-01-01 | therapy start | olaparib         |
      | 2024-01-26 | assessment    | PR, modality: CT |
    And the study patient "between two ends", enrolled on "2024-01-01"
      | date       | event         | what             |
      | 2024-01-01 | therapy start | olaparib         |
      | 2024-03-01 | assessment    | PR, modality: CT |
    When the endpoint "objective response rate" is computed with "cycles: 2, 3, 4; cycle_days: 21, 28; modality: CT, MRI, MIBG, PET"
    Then 2 of 4 treated patients count
    And 2 of 2 evaluable patients count
    And the best overall response of "between two ends" is "NE"

  Scenario: Only cross-sectional imaging, MIBG and PET assess response
    "radiologically assessable disease by cross-sectional CT or MRI imaging and/or by MIBG or PET scans"

    Given the study patient "by ultrasound", enrolled on "2024-01-01"
      | date       | event         | what                     |
      | 2024-01-01 | therapy start | olaparib                 |
      | 2024-02-19 | assessment    | PR, modality: ultrasound |
    And the study patient "unknown", enrolled on "2024-01-01"
      | date       | event         | what     |
      | 2024-01-01 | therapy start | olaparib |
      | 2024-02-19 | assessment    | PR       |
    When the endpoint "objective response rate" is computed with "cycles: 2, 3, 4; modality: CT, MRI, MIBG, PET"
    Then 0 of 2 treated patients count
    And the result says "unknown: assessment of 2024-02-19 does not say by what it was made: not used"

  Scenario: PFS and OS of the two arms are kept apart
    "the time from the start of treatment until the disease progresses or the patient dies from any cause, whichever comes first., 2 years"

    Given the study patient "R", enrolled on "2022-03-01" in the retrospective arm
      | date       | event         | what     |
      | 2022-03-01 | therapy start | olaparib |
      | 2022-05-30 | assessment    | PD       |
      | 2022-09-01 | death         | cancer   |
    And the study patient "P", enrolled on "2024-03-01" in the prospective arm
      | date       | event         | what     |
      | 2024-03-01 | therapy start | olaparib |
      | 2024-04-12 | assessment    | SD       |
      | 2024-06-29 | death         | embolism |
    When the endpoint "progression-free survival" of the retrospective arm is computed with "until: 2 years"
    Then "R" has an event after 90 days
    And the median is 3.0 months
    When the endpoint "progression-free survival" of the prospective arm is computed with "until: 2 years"
    Then "P" has an event after 120 days
    And the median is 3.9 months
    When the endpoint "overall survival" of the retrospective arm is computed with "until: 2 years"
    Then "R" has an event after 184 days

  Scenario: The retrospective and the prospective part are reported apart
    "divided into two parts: a retrospective study and a prospective study"; "who underwent multidisciplinary consultations at our institution from January 2022 onward"; "The prospective arm will enroll 200 patients"

    Given the file of "R" with "tumor_type: HGSOC; stage: recurrent", enrolled on "2022-03-01" in the retrospective arm
      | date       | event         | what                       |
      | 2022-03-01 | therapy start | olaparib                   |
      | 2022-04-20 | assessment    | PR, modality: CT, cycle: 2 |
      | 2022-09-01 | death         | cancer                     |
    And the file of "P" with "tumor_type: CERVIX; stage: recurrent", enrolled on "2024-03-01" in the prospective arm
      | date       | event         | what                       |
      | 2024-03-01 | therapy start | pembrolizumab              |
      | 2024-04-20 | assessment    | SD, modality: CT, cycle: 2 |
      | 2026-09-01 | death         | cancer                     |
    And the file of "before 2022" with "tumor_type: UCEC; stage: recurrent", enrolled on "2021-12-30" in the retrospective arm
      | date       | event         | what          |
      | 2022-01-05 | therapy start | pembrolizumab |
    And the file of "newly diagnosed" with "tumor_type: HGSOC; stage: early", enrolled on "2024-03-01" in the prospective arm
      | date       | event         | what     |
      | 2024-03-05 | therapy start | olaparib |
    And the file of "arm not told" with "tumor_type: HGSOC; stage: recurrent", enrolled without an arm on "2024-03-01"
    When the outcomes of the study "recurrent-gynecological-mtb" are computed
    Then "ORR" of the retrospective arm is "1 of 1 (100.0%)"
    And "ORR" of the prospective arm is "0 of 1 (0.0%)"
    And "OS" of the retrospective arm is "median 6.0 months, 1 event"
    And "OS" of the prospective arm is "median not reached, 0 events"
    And no result counts the two arms together
    And 1 of 200 planned patients of the prospective arm count
    And "before 2022" does not count because "before the retrospective arm begins (2022-01)"
    And "newly diagnosed" does not count because "not eligible"
    And "arm not told" does not count because "no arm is told"

  Scenario: Tumor tissue and blood are read side by side
    "Tumor tissue and blood samples will undergo next-generation sequencing (NGS)": what blood shows alone is told, and what it lacks stays open

    Given a patient with "HGSOC" in "CN"
    And a sample "omentum" of omentum, taken on "2024-02-01", sequenced by "WES"
    And "omentum" has "TP53 p.R175H" at an allele fraction of 60%
    And a sample "plasma" of blood, taken on "2024-02-03", sequenced by "WES"
    And "plasma" has "PIK3CA p.H1047R" at an allele fraction of 4%
    When the board asks
    Then "PIK3CA H1047R" in "plasma" is "present"
    And "PIK3CA H1047R" in "omentum" is "absent"
    And "TP53 R175H" in "plasma" is "equivocal"
