Feature: What decides between evidence for a regimen and evidence against it
  Both sides of a conflict are shown, with what decided. The table is matcher/conflicts.json, in words docs/conflicts.md.

  # --- labels that select wild types --------------------------------------------------------------------------------

  Scenario Outline: A resistance alteration that the label does not name reaches the combination through the antibody
    The EGFR antibody is what the combination is chosen for; level A, or three publications of level B, decide

    Given a patient with "COADREAD" in "<place>"
    And the somatic alteration "<alteration>"
    And the marker "EGFR IHC" is "positive"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then "<regimen>" is not recommended at all
    And the finding "partner" of "<label>" is "fail"
    And the conflict of the option "<label>" with "<item>" ends "avoid", decided by "<decided>"

    Examples:
      | place | alteration | regimen            | label         | item      | decided                     |
      | US    | BRAF V600E | panitumumab+folfox | US:vectibix:0 | EID2115 | three publications          |
      | US    | BRAF V600E | cetuximab+folfiri  | US:erbitux:0  | EID126    | three publications          |
      | US    | NRAS Q61K  | cetuximab+folfiri  | US:erbitux:0  | EID5344 | validated evidence (level A) |

  Scenario: Two publications about an alteration that the label does not name are a warning
    RAS and BRAF are wild type, PIK3CA is mutated: the antibody stays the standard, and the evidence is shown

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "PIK3CA H1047R"
    And the marker "EGFR IHC" is "positive"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then "cetuximab+folfiri" is recommended "on-label"
    And the conflict of the option "US:erbitux:0" with "EID6301" ends "kept with warning", decided by "fewer than three publications"

  Scenario: A combination chosen for the alteration outweighs resistance of its parts to that alteration
    BRAF V600E defeats cetuximab alone and is why encorafenib is added

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "BRAF V600E"
    And the stage is "metastatic"
    And prior therapy with "fluorouracil+oxaliplatin" with best response "SD" stopped for "progression"
    When the board asks
    Then "encorafenib+cetuximab" is recommended "on-label"
    And the conflict of the option "US:braftovi:1" with "EID126" ends "kept with warning", decided by "chosen for this very alteration"
    And "cetuximab" is to be avoided because of "resistance"

  # --- a second alteration of the same gene ---------------------------------------------------------------------------

  Scenario Outline: T790M decides over the label for L858R
    On-target resistance: the drug no longer holds the very protein that it was chosen for

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR L858R"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    And there was no prior therapy
    When the board asks
    Then "<drug>" is not recommended at all
    And "<drug>" is to be avoided because of "resistance"
    And the conflict of "<drug>" with "<item>" ends "avoid", decided by "a second alteration of the same gene"

    Examples:
      | drug        | item    |
      | gefitinib   | EID239  |
      | erlotinib   | EID238  |
      | afatinib    | EID1863 |
      | dacomitinib | EID240  |

  Scenario: T790M decides over the class for a drug without its own evidence
    Icotinib is of the first generation

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR L858R"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    And there was no prior therapy
    When the board asks
    Then "icotinib" is not recommended at all
    And the conflict of the option "CN:X089" with "CUR072" ends "avoid", decided by "a second alteration of the same gene"
    And "osimertinib" is not to be avoided

  Scenario: C797S beside L858R and T790M
    No EGFR inhibitor is on-label and to be avoided at once

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR L858R"
    And the somatic alteration "EGFR T790M"
    And the somatic alteration "EGFR C797S"
    And the stage is "metastatic"
    And prior therapy with "gefitinib" with best response "PR" stopped for "progression"
    And prior therapy with "osimertinib" with best response "PR" stopped for "progression"
    When the board asks
    Then "osimertinib" is not recommended at all
    And "osimertinib" is to be avoided because of "resistance"
    And "aumolertinib" is not recommended at all
    And "gefitinib" is not recommended at all
    And "amivantamab+carboplatin+pemetrexed" is recommended "on-label"

  Scenario: Preclinical resistance of the same gene is shown and lowers the drug
    ALK G1202R: lorlatinib comes first

    Given a patient with "LUAD" in "US"
    And the fusion "EML4::ALK"
    And the somatic alteration "ALK G1202R"
    And the stage is "metastatic"
    And prior therapy with "alectinib" with best response "PR" stopped for "progression"
    When the board asks
    Then "lorlatinib" ranks before "brigatinib"
    And the conflict of "brigatinib" with "EID1351" ends "kept with warning", decided by "preclinical"

  # --- chemotherapy, and single publications ---------------------------------------------------------------------------

  Scenario: TP53 does not keep platinum from a serous ovarian cancer
    Nearly every such tumor has a TP53 mutation, and platinum is its standard: level B about chemotherapy may be prognosis

    Given a patient with "HGSOC" in "US"
    And the somatic alteration "TP53 R175H"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    When the board asks
    Then "carboplatin" is not to be avoided
    And "cisplatin" is not to be avoided
    And the conflict of "cisplatin" with "EID2771" ends "kept with warning", decided by "may be prognostic"

  Scenario: BRAF does not keep chemotherapy from a colorectal cancer
    The two items come from one publication, and speak of the prognosis

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "BRAF V600E"
    And the stage is "metastatic"
    When the board asks
    Then "oxaliplatin" is not to be avoided
    And "irinotecan" is not to be avoided

  Scenario: One publication of level B does not take a drug from its label
    STK11 in lung cancer, against the labels of checkpoint inhibitors that select no biomarker

    Given a patient with "LUAD" in "US"
    And the somatic alteration "STK11 p.Q37*"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then "atezolizumab" is recommended "on-label"
    And the conflict of "atezolizumab" with "EID6441" ends "kept with warning", decided by "one publication of level B"
    And "atezolizumab" is not to be avoided

  # --- what does not transfer ---------------------------------------------------------------------------------------

  Scenario Outline: A combination does not transfer with a partner that belongs to another tumor type
    Each part must have its own evidence for the biomarker, or an approval for this tumor type

    Given a patient with "<tumor>" in "US"
    And the <origin> alteration "<alteration>"
    And the stage is "metastatic"
    When the board asks
    Then "<regimen>" is not recommended at all
    And every option with "<regimen>" is blocked by "transfer"

    Examples:
      | tumor | origin   | alteration         | regimen                           |
      | BRCA  | germline | BRCA1 p.E23Vfs*17  | abiraterone+olaparib+prednisone   |
      | HGSOC | germline | BRCA1 p.E23Vfs*17  | enzalutamide+talazoparib          |
      | MEL   | somatic  | BRAF V600E         | encorafenib+cetuximab             |
      | UCEC  | somatic  | PIK3CA H1047R      | alpelisib+fulvestrant             |

  Scenario: A combination transfers where each part stands by itself
    Encorafenib and binimetinib act like dabrafenib and trametinib, which have their own evidence

    Given a patient with "THAP" in "US"
    And the somatic alteration "BRAF V600E"
    And the stage is "metastatic"
    When the board asks
    Then "binimetinib+encorafenib" is recommended "off-label"

  Scenario: A label for lung cancer does not transfer to a leukemia
    Nothing transfers between solid tumors and hematologic neoplasms

    Given a patient with "AML" in "US"
    And the somatic alteration "KRAS G12C"
    When the board asks
    Then "sotorasib" is not recommended at all
    And every option with "sotorasib" is blocked by "transfer"

  # --- a mutation that confers resistance does not activate -----------------------------------------------------------

  Scenario: T790M alone is no activating mutation
    Evidence of "EGFR mutation" is undetermined; evidence of T790M itself holds

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    When the board asks
    Then the finding "mutation-class" of "MOA255" is "undetermined"
    And "icotinib" is not recommended at all
    And "zorifertinib" is not recommended at all
    And "osimertinib" is recommended by "EID1592"

  # --- classes in place of drugs ---------------------------------------------------------------------------------------

  Scenario: A class of drugs has no approval to miss
    What blocks it is that no drug is named

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "KRAS G12D"
    And the stage is "metastatic"
    When the board asks
    Then no option is blocked by "access" for a class of drugs

  Scenario: Resistance in one of two foci lowers an option and does not rule it out
    The other focus was tested and can respond; what speaks against the option stays shown, with the foci

    Given a patient with "LUAD" in "US"
    And a sample "lung" of lung, taken on "2024-05-01", sequenced by "WES"
    And a sample "liver" of liver, taken on "2024-05-01", sequenced by "WES"
    And "lung" has "EGFR p.L858R"
    And "liver" has "EGFR p.L858R"
    And "liver" has "EGFR p.C797S"
    And the stage is "metastatic"
    When the board asks
    Then "EGFR C797S" is private among the samples
    And "osimertinib" is recommended "on-label"
    And "osimertinib" is lowered for "heterogeneity"
    And "osimertinib" is not to be avoided

  Scenario: Resistance in every focus rules the option out
    Given a patient with "LUAD" in "US"
    And a sample "lung" of lung, taken on "2024-05-01", sequenced by "WES"
    And a sample "liver" of liver, taken on "2024-05-01", sequenced by "WES"
    And "lung" has "EGFR p.L858R"
    And "lung" has "EGFR p.C797S"
    And "liver" has "EGFR p.L858R"
    And "liver" has "EGFR p.C797S"
    And the stage is "metastatic"
    When the board asks
    Then "EGFR C797S" is shared among the samples
    And "osimertinib" is to be avoided because of "resistance"

  Scenario: Resistance that no other focus was tested for rules the option out
    Not tested is not absent: blood that does not show it does not make it one focus's alone

    Given a patient with "LUAD" in "US"
    And a sample "liver" of liver, taken on "2024-05-01", sequenced by "WES"
    And a sample "plasma" of blood, taken on "2024-05-03", sequenced by "WES"
    And "liver" has "EGFR p.L858R"
    And "liver" has "EGFR p.C797S"
    And "plasma" has "EGFR p.L858R"
    And the stage is "metastatic"
    When the board asks
    Then "EGFR C797S" is unclear among the samples
    And "osimertinib" is to be avoided because of "resistance"
