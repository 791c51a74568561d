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
