Feature: What speaks for and against an option in this very patient
  Conditions, values, medications, history, wishes and the payer are weighed as findings; each says what it rests on.

  Background:
    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"

  Scenario: A drug that damaged the lungs is not given again
    Given prior therapy with "trastuzumab deruxtecan" had the toxicity "interstitial lung disease grade 2"
    When the board asks
    Then an option with "trastuzumab deruxtecan" has the finding "prior-toxicity" "fail" that says "interstitial lung disease grade 2"
    And "trastuzumab deruxtecan" is not recommended at all
    And "trastuzumab deruxtecan" is to be avoided because of "contraindication"

  Scenario: A milder form of it only warns
    Given prior therapy with "trastuzumab deruxtecan" had the toxicity "interstitial lung disease grade 1"
    When the board asks
    Then an option with "trastuzumab deruxtecan" has the finding "prior-toxicity" "warn" that says "interstitial lung disease grade 1"

  Scenario: A toxicity of one drug is told of another of its class
    Given prior therapy with "trastuzumab deruxtecan" had the toxicity "interstitial lung disease grade 2"
    When the board asks
    Then an option with "trastuzumab emtansine" has the finding "prior-toxicity" "warn" that says "trastuzumab deruxtecan"

  Scenario: A comorbidity warns and puts the option back
    Given the patient has "heart failure"
    When the board asks
    Then an option with "trastuzumab deruxtecan" has the finding "contraindication" "warn" that says "avoid trastuzumab deruxtecan"

  Scenario: A list of conditions without it clears the option
    Given the patient has "hypertension"
    When the board asks
    Then no option with "trastuzumab deruxtecan" has a finding "contraindication"

  Scenario: A condition that nobody knows is told, with those that are near
    Given the patient has "hart failure"
    When the board asks
    Then a note says "unknown condition 'hart failure': it is not weighed against any drug"

  Scenario: An ejection fraction below the label's limit
    Given the value of "LVEF" is "35 %"
    When the board asks
    Then an option with "trastuzumab deruxtecan" has the finding "organ-function" "warn" that says "LVEF 35 %"

  Scenario: An ejection fraction above it says nothing
    Given the value of "LVEF" is "60 %"
    When the board asks
    Then no option with "trastuzumab deruxtecan" has a finding "organ-function"

  Scenario: A negative value is refused and weighed against nothing
    Given the value of "LVEF" is "-45 %"
    When the board asks
    Then a note says "the measurement 'LVEF' is negative: not used"
    And no option with "trastuzumab deruxtecan" has a finding "organ-function"

  Scenario: A value in another unit is told
    Given the value of "LVEF" is "35 mmHg"
    When the board asks
    Then a note says "LVEF in mmHg: it is not weighed"

  Scenario: A wish lowers an option and never excludes it
    Given the patient wishes to avoid "pertuzumab"
    And there was no prior therapy
    When the board asks
    Then an option with "docetaxel + pertuzumab + trastuzumab" has the finding "preference" "warn" that says "the patient prefers not to have pertuzumab"
    And "docetaxel + pertuzumab + trastuzumab" is recommended "on-label"

  Scenario: The setting of a prior therapy decides where the label names one
    Given prior therapy with "trastuzumab" metastatic, "2025-01-10" to "2026-01-10", stopped for "progression"
    When the board asks
    Then the finding "prior-therapy" of "US:tukysa:0" is "pass"

  Scenario: A therapy after surgery is none for metastatic disease
    Given prior therapy with "trastuzumab" adjuvant, "2019-01-10" to "2020-01-10", stopped for "completed"
    When the board asks
    Then the finding "prior-therapy" of "US:tukysa:0" is "fail"
    And what blocks "US:tukysa:0" could still change

  Scenario: Adjuvant trastuzumab that ended within the year opens extended treatment
    Given a patient with "BRCA" in "EU"
    And the marker "HER2 IHC" is "3+"
    And the marker "ER" is "90 %"
    And the stage is "early"
    And prior therapy with "trastuzumab" adjuvant, "2025-03-01" to "2026-03-01", stopped for "completed"
    When the board asks as of "2026-11-20"
    Then the finding "prior-therapy" of "EU:nerlynx:0" is "pass"

  Scenario: Adjuvant trastuzumab that ended two years ago does not
    Given a patient with "BRCA" in "EU"
    And the marker "HER2 IHC" is "3+"
    And the marker "ER" is "90 %"
    And the stage is "early"
    And prior therapy with "trastuzumab" adjuvant, "2023-03-01" to "2024-03-01", stopped for "completed"
    When the board asks as of "2026-11-20"
    Then the finding "prior-therapy" of "EU:nerlynx:0" is "fail"
    And what blocks "EU:nerlynx:0" cannot change

  Scenario: Progression on one CDK4/6 inhibitor is told of another
    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "0"
    And the marker "ER" is "90 %"
    And prior therapy with "palbociclib" metastatic, "2025-01-10" to "2026-01-10", stopped for "progression"
    When the board asks
    Then an option with "abemaciclib + fulvestrant" has the finding "resistance-history" "warn" that says "palbociclib, another cdk4/6 inhibitor"

  Scenario: Premenopausal women are told of labels for postmenopausal ones
    Given the sex of the patient is "female"
    And the marker "ER" is "90 %"
    And the menopausal status of the patient is "premenopausal"
    When the board asks
    Then an option with "lapatinib + letrozole" has the finding "sex" "fail" that says "the patient is premenopausal"

  Scenario: Reimbursement is a finding with its entry
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR L858R"
    When the board asks
    Then an option with "gefitinib" has the finding "reimbursement" "pass" that says "listed by the NRDL"
    And "gefitinib" is reimbursed

  Scenario: Metastatic prostate cancer may be castration-resistant: what the file does not tell is open
    Given a patient with "PRAD" in "EU"
    And the somatic alteration "BRCA2 p.S1982Rfs*22"
    And the stage is "IV"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    When the board asks
    Then the finding "setting" of "EU:lynparza:5" is "undetermined"

  Scenario: Hormone-sensitive prostate cancer is not castration-resistant
    Given a patient with "PRAD" in "EU"
    And the somatic alteration "BRCA2 p.S1982Rfs*22"
    And the stage is "mHSPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    When the board asks
    Then the finding "setting" of "EU:lynparza:5" is "fail"

  Scenario: A disease of the lungs excludes panitumumab with any chemotherapy scheme
    Given a patient with "COAD" in "EU"
    And the marker "RAS" is "wild type"
    And the patient has "pulmonary fibrosis"
    When the board asks
    Then the finding "contraindication" of "EU:vectibix:1" is "fail"

  Scenario: A deficiency of DPD concerns a scheme with fluorouracil
    Given a patient with "COAD" in "EU"
    And the marker "RAS" is "wild type"
    And the patient has "complete DPD deficiency"
    When the board asks
    Then the finding "contraindication" of "EU:vectibix:1" is "fail"

  Scenario: A label that asks for three drugs is not met by two of them
    Given a patient with "COAD" in "US"
    And prior therapy with "folfox + bevacizumab" metastatic, "2025-01-10" to "2026-01-10", stopped for "progression"
    When the board asks
    Then the finding "prior-therapy" of "US:X159" is "fail"

  Scenario: A label outweighs one publication against sunitinib
    Given a patient with "GIST" in "EU"
    And the somatic alteration "KIT p.W557_K558del"
    And prior therapy with "imatinib" metastatic, "2024-01-10" to "2026-01-10", stopped for "progression"
    When the board asks
    Then "sunitinib" is recommended "on-label"

  Scenario: An entry for adjuvant treatment says nothing of metastatic disease
    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR p.T790M"
    And the somatic alteration "EGFR p.E746_A750del"
    And the stage is "IV"
    And prior therapy with "gefitinib" metastatic, "2025-01-10" to "2026-01-10", stopped for "progression"
    When the board asks
    Then the finding "reimbursement" of "CN:X081" is "pass"

  Scenario: Evidence from germline variants is told of a somatic one
    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "0"
    And the somatic alteration "BRCA1 c.68_69del"
    When the board asks
    Then the finding "biomarker-test" of "EID11201" is "warn"
