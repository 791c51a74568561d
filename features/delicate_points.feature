Feature: Clinically delicate points
  What a matcher must get right; each from a label or a table of the graph. The tag of a scenario is the number of its point.

  # --- 1. Wild type must have been tested -------------------------------------------------------------------------

  @delicate-1
  Scenario: 1. RAS not tested is not wild type
    Panitumumab excludes patients whose RAS status is unknown

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    When the board asks
    Then the biomarker "KRAS:WT" is "not tested"
    And the biomarker "NRAS:WT" is "not tested"
    And the finding "biomarker" of "US:vectibix:0" is "undetermined"
    And the finding "biomarker" of "US:vectibix:0" can be settled, and names "KRAS"
    And "panitumumab+folfox" is not recommended at all

  @delicate-1
  Scenario: 1. RAS tested by an exome and wild type
    Once it is, the antibody is an option

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "KRAS:WT" is "present"
    And "panitumumab+folfox" is recommended "on-label"

  @delicate-1
  Scenario Outline: 1. RAS tested by a hotspot panel
    The label's test covers exons 2, 3 and 4: codons 12, 13, 59, 61, 117 and 146

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by a panel of "KRAS, NRAS" for "small variant"
    And the panel looks at codons "<codons>" only
    When the board asks
    Then the biomarker "RAS:WT" is "<status>"
    And the finding "biomarker" of "US:vectibix:0" is "<verdict>"

    Examples:
      | codons                    | status    | verdict      |
      | 12, 13, 59, 61, 117, 146  | present   | pass         |
      | 12, 13, 59, 61, 117       | equivocal | undetermined |
      | 12, 13                    | equivocal | undetermined |

  @delicate-1
  Scenario: 1. RAS wild type cannot be told in a sample with too few tumor cells
    Below the purity that the panel needs, a mutation may be there and not be seen

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by a panel of "KRAS, NRAS" for "small variant"
    And the panel needs a purity of 20%
    And the purity is 10%
    When the board asks
    Then the biomarker "RAS:WT" is "equivocal"
    And the biomarker "RAS:WT" is so because "the purity of 10% is below the 20% that the assay needs"
    And "panitumumab+folfox" is not recommended at all

  @delicate-1
  Scenario: 1. The same panel in a sample with enough tumor cells
    Wild type holds

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by a panel of "KRAS, NRAS" for "small variant"
    And the panel needs a purity of 20%
    And the purity is 40%
    When the board asks
    Then the biomarker "RAS:WT" is "present"
    And "panitumumab+folfox" is recommended "on-label"

  @delicate-1
  Scenario: 1. Plasma alone does not rule a RAS mutation out
    A tumor may shed too little DNA

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the ctDNA was tested by "WES"
    When the board asks
    Then the biomarker "RAS:WT" is "equivocal"
    And the biomarker "RAS:WT" is so because "ctDNA alone cannot rule it out, test tissue"
    And "panitumumab+folfox" is not recommended at all

  @delicate-1
  Scenario: 1. A RAS mutation excludes the antibody
    Any RAS mutation defeats wild type

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "NRAS Q61K"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "NRAS:WT" is "absent"
    And "panitumumab+folfox" is not recommended at all

  @delicate-1
  Scenario: 1. Cetuximab in the US asks for KRAS alone
    NRAS was not tested, and the US label does not ask

    Given a patient with "COADREAD" in "US"
    And the marker "EGFR IHC" is "positive"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by a panel of "KRAS" for "small variant"
    When the board asks
    Then the biomarker "KRAS:WT" is "present"
    And the biomarker "NRAS:WT" is "not tested"
    And "cetuximab+folfiri" is recommended by "US:erbitux:0"
    And "cetuximab+folfiri" is recommended "on-label"
    And "panitumumab+folfox" is not recommended at all

  @delicate-1
  Scenario: 1. Cetuximab in the EU asks for KRAS and NRAS
    The same result leaves the EU label open

    Given a patient with "COADREAD" in "EU"
    And the marker "EGFR IHC" is "positive"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by a panel of "KRAS" for "small variant"
    When the board asks
    Then the finding "biomarker" of "EU:erbitux:2" is "undetermined"
    And "cetuximab+folfox" is not recommended at all

  @delicate-1
  Scenario: 1. Cetuximab in the EU once both were tested
    KRAS and NRAS wild type

    Given a patient with "COADREAD" in "EU"
    And the marker "EGFR IHC" is "positive"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by a panel of "KRAS, NRAS" for "small variant"
    When the board asks
    Then "cetuximab+folfox" is recommended "on-label"
    And "cetuximab+folfox" is recommended by "EU:erbitux:2"

  # --- 2. BRAF V600E in colorectal cancer ---------------------------------------------------------------------------

  @delicate-2
  Scenario: 2. BRAF V600E colorectal cancer is treated with an anti-EGFR partner
    Encorafenib with cetuximab; the tissue-agnostic label of dabrafenib and trametinib excludes colorectal cancer

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "BRAF V600E"
    And the stage is "metastatic"
    And prior therapy with "fluorouracil+oxaliplatin" with best response "SD" stopped for "progression"
    When the board asks
    Then "encorafenib+cetuximab" is recommended "on-label"
    And "encorafenib" is not recommended "on-label"
    And "dabrafenib+trametinib" is not recommended at all
    And the finding "tumor-type" of "US:tafinlar:5" is "fail"
    And the finding "tumor-type" of "US:mekinist:5" is "fail"

  @delicate-2
  Scenario: 2. BRAF V600E in another solid tumor
    The tissue-agnostic label holds

    Given a patient with "CHOL" in "US"
    And the somatic alteration "BRAF V600E"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    And the patient is 61 years old
    When the board asks
    Then "dabrafenib+trametinib" is recommended "on-label"
    And "dabrafenib+trametinib" is recommended by "US:tafinlar:5"
    And "encorafenib+cetuximab" is not recommended "on-label"

  @delicate-2
  Scenario: 2. BRAF V600E not tested
    Nothing was looked at, so the label is open and names the biomarker

    Given a patient with "COADREAD" in "US"
    And the stage is "metastatic"
    And prior therapy with "fluorouracil+oxaliplatin" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "BRAF:V600E" is "not tested"
    And the finding "biomarker" of "US:braftovi:1" can be settled, and names "BRAF V600E"
    And "encorafenib+cetuximab" is not recommended at all

  @delicate-2
  Scenario: 2. Another BRAF mutation is not V600E
    The codon was looked at and something else was found

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "BRAF D594G"
    And the stage is "metastatic"
    And prior therapy with "fluorouracil+oxaliplatin" with best response "SD" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "BRAF:V600E" is "absent"
    And "encorafenib+cetuximab" is not recommended "on-label"

  # --- 3. KRAS G12C -------------------------------------------------------------------------------------------------

  @delicate-3
  Scenario: 3. KRAS G12C in lung cancer is treated with one drug
    Monotherapy in lung

    Given a patient with "LUAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then "sotorasib" is recommended by "US:lumakras:0"
    And "sotorasib" is recommended "on-label"
    And "adagrasib" is recommended by "US:krazati:0"
    And "adagrasib+cetuximab" is not recommended "on-label"

  @delicate-3
  Scenario: 3. KRAS G12C in colorectal cancer is treated with an EGFR antibody
    With cetuximab or panitumumab in colorectal cancer

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "fluorouracil+oxaliplatin" with best response "SD" stopped for "progression"
    And prior therapy with "fluorouracil+irinotecan" with best response "SD" stopped for "progression"
    When the board asks
    Then "adagrasib+cetuximab" is recommended "on-label"
    And "sotorasib+panitumumab" is recommended "on-label"
    And "adagrasib" is not recommended "on-label"
    And "sotorasib" is not recommended "on-label"
    And "panitumumab" is not recommended at all

  @delicate-3
  Scenario: 3. KRAS G12D is not G12C
    The codon alone does not make the label hold

    Given a patient with "LUAD" in "US"
    And the somatic alteration "KRAS G12D"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "KRAS:G12C" is "absent"
    And "sotorasib" is not recommended at all

  # --- 4. Withdrawn and narrowed indications --------------------------------------------------------------------------

  @delicate-4
  Scenario Outline: 4. Infigratinib was withdrawn in May 2024
    The date asked for decides

    Given a patient with "CHOL" in "US"
    And the fusion "FGFR2::BICC1"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    When the board asks as of "<date>"
    Then the finding "approval" of "US:truseltiq:0" is "<verdict>"

    Examples:
      | date       | verdict |
      | 2021-01-01 | fail    |
      | 2022-06-01 | pass    |
      | 2026-11-20 | fail    |

  @delicate-4
  Scenario: 4. A withdrawn indication was in force once
    Infigratinib in 2022

    Given a patient with "CHOL" in "US"
    And the fusion "FGFR2::BICC1"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    When the board asks as of "2022-06-01"
    Then "infigratinib" is recommended "on-label"

  @delicate-4
  Scenario: 4. A withdrawn indication is no longer on-label
    Infigratinib today

    Given a patient with "CHOL" in "US"
    And the fusion "FGFR2::BICC1"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    When the board asks
    Then "infigratinib" is not recommended "on-label"

  @delicate-4
  Scenario Outline: 4. Mobocertinib was withdrawn in October 2023
    A day of that month is not known, so a date in it is open

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks as of "<date>"
    Then the finding "approval" of "US:exkivity:0" is "<verdict>"

    Examples:
      | date       | verdict      |
      | 2022-06-01 | pass         |
      | 2026-11-20 | fail         |

  @delicate-4
  Scenario: 4. A PARP inhibitor as late-line treatment of ovarian cancer was withdrawn
    Olaparib treatment after three lines: the maintenance label of the same biomarker stays

    Given a patient with "HGSOC" in "US"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "CR" stopped for "completed"
    And prior therapy with "carboplatin+gemcitabine" with best response "PR" stopped for "completed"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    When the board asks
    Then the finding "approval" of "US:X126" is "fail"
    And the finding "approval" of "US:X127" is "fail"
    And "olaparib" is recommended by "US:lynparza:2"

  @delicate-4
  Scenario: 4. An approval of the future is none
    Before its approval the drug is not on-label

    Given a patient with "LUAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks as of "2020-01-01"
    Then "sotorasib" is not recommended at all

  # --- 5. Germline or somatic -----------------------------------------------------------------------------------------

  @delicate-5
  Scenario Outline: 5. Tumor sequencing alone cannot satisfy a germline label
    Undetermined and recoverable: the missing test is named

    Given a patient with "BRCA" in "US"
    And the somatic alteration "BRCA2 p.S1982Rfs*22"
    And the marker "HER2 IHC" is "0"
    And the stage is "metastatic"
    And prior therapy with "paclitaxel" with best response "SD" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "GBRCA2:DEL" is "not tested"
    And the finding "biomarker" of "<label>" is "undetermined"
    And the finding "biomarker" of "<label>" can be settled, and names "germline"
    And "<drug>" is not recommended "on-label"

    Examples:
      | label         | drug        |
      | US:talzenna:0 | talazoparib |
      | US:lynparza:4 | olaparib    |

  @delicate-5
  Scenario: 5. A germline result satisfies it
    Talazoparib and olaparib in breast cancer

    Given a patient with "BRCA" in "US"
    And the germline alteration "BRCA2 p.S1982Rfs*22"
    And the marker "HER2 IHC" is "0"
    And the stage is "metastatic"
    And prior therapy with "paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "GBRCA2:DEL" is "present"
    And "talazoparib" is recommended "on-label"
    And "olaparib" is recommended "on-label"

  @delicate-5
  Scenario: 5. A germline test that found nothing
    Sequencing of normal tissue beside the tumor makes the germline mutation absent, whatever the tumor has

    Given a patient with "BRCA" in "US"
    And the somatic alteration "BRCA2 p.S1982Rfs*22"
    And the marker "HER2 IHC" is "0"
    And the stage is "metastatic"
    And the tissue was tested by a panel of "BRCA1, BRCA2" for "small variant, copy number"
    And the panel sequenced normal tissue beside the tumor
    When the board asks
    Then the biomarker "GBRCA2:DEL" is "absent"
    And the biomarker "BRCA2:DEL" is "present"
    And "talazoparib" is not recommended "on-label"

  # --- 6. PARP inhibitors in mCRPC by place ----------------------------------------------------------------------------

  @delicate-6
  Scenario Outline: 6. Olaparib in mCRPC by place
    The US label has a list of HRR genes, the EU and China BRCA1 and BRCA2 only

    Given a patient with "PRAD" in "<place>"
    And the somatic alteration "<alteration>"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    And the copy number "MYC gain"
    When the board asks
    Then the finding "biomarker" of "<label>" is "<verdict>"

    Examples:
      | place | alteration           | label         | verdict |
      | US    | ATM p.R1875*     | US:lynparza:6 | pass    |
      | US    | BRCA2 p.S1982Rfs*22  | US:lynparza:6 | pass    |
      | EU    | ATM p.R1875*     | EU:lynparza:5 | fail    |
      | EU    | BRCA2 p.S1982Rfs*22  | EU:lynparza:5 | pass    |
      | CN    | ATM p.R1875*     | CN:X048       | fail    |
      | CN    | BRCA2 p.S1982Rfs*22  | CN:X048       | pass    |

  @delicate-6
  Scenario: 6. A loss of ATM is not on-label outside the US
    What the US label lists is shown as such

    Given a patient with "PRAD" in "EU"
    And the somatic alteration "ATM p.R1875*"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then "olaparib" is not recommended "on-label"

  @delicate-6
  Scenario: 6. A loss of BRCA2 is on-label everywhere
    The core of every list

    Given a patient with "PRAD" in "EU"
    And the somatic alteration "BRCA2 p.S1982Rfs*22"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then "olaparib" is recommended "on-label"

  @delicate-6
  Scenario: 6. On the US list, and the weak evidence for the gene is told
    A level A item for CDK12 mirrors the label's list, not benefit of the gene

    Given a patient with "PRAD" in "US"
    And the somatic alteration "CDK12 p.E928Gfs*27"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then "olaparib" is recommended "on-label"
    And the proof of "olaparib" names "CUR038 (level B) reports no benefit of parp inhibitor"

  @delicate-6
  Scenario: 6. ATM is on the US list, with its reduced sensitivity
    The benefit of the trial was driven by BRCA1 and BRCA2

    Given a patient with "PRAD" in "US"
    And the somatic alteration "ATM p.R1875*"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then "olaparib" is recommended "on-label"
    And the proof of "olaparib" names "CUR039 (level B) reports reduced sensitivity to parp inhibitor"

  @delicate-6
  Scenario: 6. BRCA2 has no such caution
    The benefit of the trial was driven by BRCA1 and BRCA2

    Given a patient with "PRAD" in "US"
    And the somatic alteration "BRCA2 p.S1982Rfs*22"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then "olaparib" is recommended "on-label"
    And the proof of "olaparib" does not name "CUR010"
    And the proof of "olaparib" does not name "CUR039"

  @delicate-6
  Scenario: 6. HRR genes not tested
    A result for BRCA1 and BRCA2 alone leaves the US list open

    Given a patient with "PRAD" in "US"
    And the stage is "mCRPC"
    And prior therapy with "enzalutamide" with best response "PR" stopped for "progression"
    And the tissue was tested by a panel of "BRCA1, BRCA2" for "small variant"
    When the board asks
    Then the finding "biomarker" of "US:lynparza:6" is "undetermined"
    And "olaparib" is not recommended at all

  # --- 7. Reversions, and variants of unknown significance ---------------------------------------------------------------

  @delicate-7
  Scenario: 7. A reversion turns a BRCA mutation into resistance
    The reading frame is restored: PARP inhibitors are to be avoided

    Given a patient with "HGSOC" in "US"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the marker "BRCA1 reversion" is "detected"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "CR" stopped for "completed"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    When the board asks
    Then the biomarker "BRCA1:REVERSION" is "present"
    And "parp inhibitor" is to be avoided because of "resistance"
    And the finding "resistance" of "US:lynparza:2" is "warn"
    And the finding "resistance" of "US:zejula:0" is "warn"

  @delicate-7
  Scenario: 7. Whether a reversion is there is not guessed
    Neither absent nor present without a statement

    Given a patient with "HGSOC" in "US"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "CR" stopped for "completed"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "BRCA1:REVERSION" is "not tested"
    And "olaparib" is recommended "on-label"

  @delicate-7
  Scenario Outline: 7. What makes a BRCA2 variant pathogenic
    A variant of unknown significance never does

    Given a patient with "HGSOC" in "US"
    And the alteration "BRCA2 <change>" classified as "<significance>"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "CR" stopped for "completed"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    And the tissue was tested by "WES"
    And the copy number "MYC gain"
    When the board asks
    Then the biomarker "BRCA2:DEL" is "<status>"
    And the finding "biomarker" of "US:lynparza:2" is "<verdict>"

    Examples:
      | change        | significance           | status    | verdict      |
      | p.D2723H      | pathogenic             | present   | pass         |
      | p.D2723H      | likely pathogenic      | present   | pass         |
      | p.V211L       | uncertain significance | equivocal | undetermined |
      | p.K3326*      | benign                 | absent    | fail         |

  @delicate-7
  Scenario: 7. A variant of unknown significance is no oncogenic mutation
    Never "oncogenic" by its gene alone

    Given a patient with "BRCA" in "US"
    And the alteration "PIK3CA p.A2T" classified as "uncertain significance"
    And the marker "HER2 IHC" is "0"
    And the stage is "metastatic"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "PIK3CA:MUT" is "equivocal"

  @delicate-7
  Scenario: 7. A benign classification removes a variant
    What the input classifies as benign supports nothing

    Given a patient with "HGSOC" in "US"
    And the alteration "BRCA2 p.K3326*" classified as "benign"
    And the stage is "recurrent"
    When the board asks
    Then the biomarker "BRCA2:DEL" is "not tested"

  # --- 8. HER2 is several biomarkers ------------------------------------------------------------------------------------

  @delicate-8
  Scenario Outline: 8. HER2 by immunohistochemistry
    HER2-low and HER2-ultralow are HER2-negative; 2+ waits for in-situ hybridization

    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "<score>"
    And the stage is "metastatic"
    When the board asks
    Then the biomarker "HER2:POS" is "<positive>"
    And the biomarker "HER2:LOW" is "<low>"
    And the biomarker "HER2:ULTRALOW" is "<ultralow>"
    And the biomarker "HER2:NEG" is "<negative>"
    And the biomarker "HER2:OVEREXPR" is "<overexpressed>"

    Examples:
      | score                                      | positive  | low       | ultralow  | negative  | overexpressed |
      | 3+                                         | present   | absent    | absent    | absent    | present       |
      | 2+                                         | equivocal | equivocal | absent    | equivocal | present       |
      | 1+                                         | absent    | present   | absent    | present   | absent        |
      | 0 (ultralow)    | absent    | absent    | present   | present   | absent        |
      | 0            | absent    | absent    | absent    | present   | absent        |

  @delicate-8
  Scenario Outline: 8. IHC 2+ with in-situ hybridization
    ISH decides between positive and low

    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "2+"
    And the marker "HER2 ISH" is "<ish>"
    And the stage is "metastatic"
    When the board asks
    Then the biomarker "HER2:POS" is "<positive>"
    And the biomarker "HER2:LOW" is "<low>"
    And the biomarker "HER2:IHC3" is "absent"

    Examples:
      | ish           | positive | low     |
      | amplified     | present  | absent  |
      | not amplified | absent   | present |

  @delicate-8
  Scenario: 8. HER2-low gets trastuzumab deruxtecan, not trastuzumab
    DESTINY-Breast04: the label for HER2-low after chemotherapy

    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "1+"
    And the stage is "metastatic"
    And prior therapy with "paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then "trastuzumab deruxtecan" is recommended by "US:enhertu:1"
    And the finding "biomarker" of "US:enhertu:0" is "fail"
    And "trastuzumab" is not recommended at all

  @delicate-8
  Scenario Outline: 8. HER2-ultralow by place
    Hormone-receptor positive and ultralow is a label of the EU

    Given a patient with "BRCA" in "EU"
    And the marker "HER2 IHC" is "<score>"
    And the marker "ER" is "<er>"
    And the stage is "metastatic"
    And prior therapy with "letrozole+palbociclib" with best response "SD" stopped for "progression"
    When the board asks
    Then the finding "biomarker" of "EU:enhertu:4" is "<verdict>"

    Examples:
      | score                                   | er       | verdict      |
      | 0 (ultralow) | positive | pass         |
      | 0            | positive | fail         |
      | 1+                                      | positive | pass         |

  @delicate-8
  Scenario: 8. Gastric cancer asks for IHC 3+, or 2+ with ISH
    ISH alone is not gastric positive

    Given a patient with "STAD" in "US"
    And the marker "HER2 IHC" is "1+"
    And the marker "HER2 ISH" is "amplified"
    And the stage is "metastatic"
    When the board asks
    Then the biomarker "HER2:POS_GASTRIC" is "absent"

  @delicate-8
  Scenario: 8. IHC 3+ in any solid tumor
    The tissue-agnostic label asks for 3+, and an amplification is not 3+

    Given a patient with "BLCA" in "US"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    When the board asks
    Then "trastuzumab deruxtecan" is recommended by "US:enhertu:4"
    And "trastuzumab deruxtecan" is recommended "on-label"

  @delicate-8
  Scenario: 8. An amplification by sequencing is not IHC 3+
    Undetermined until the protein is stained

    Given a patient with "BLCA" in "US"
    And the copy number "ERBB2 amplification"
    And the stage is "metastatic"
    And prior therapy with "gemcitabine+cisplatin" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "ERBB2:AMP" is "present"
    And the finding "biomarker" of "US:enhertu:4" is "undetermined"
    And the biomarker "HER2:IHC3" is so because "no HER2 IHC or ISH result was given"

  @delicate-8
  Scenario: 8. An ERBB2 mutation is not HER2-positive
    It has labels of its own in lung cancer

    Given a patient with "LUAD" in "US"
    And the somatic alteration "ERBB2 p.Y772_A775dup"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "ERBB2:ACTMUT" is "present"
    And the biomarker "ERBB2:TKDMUT" is "present"
    And the biomarker "HER2:POS" is "not tested"
    And "trastuzumab deruxtecan" is recommended by "US:enhertu:2"
    And "zongertinib" is recommended by "US:hernexeos:0"

  @delicate-8
  Scenario: 8. A mutation outside of the kinase domain
    The label of zongertinib in the US names the kinase domain, that of trastuzumab deruxtecan any activating mutation

    Given a patient with "LUAD" in "US"
    And the somatic alteration "ERBB2 S310F"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "ERBB2:ACTMUT" is "present"
    And the biomarker "ERBB2:TKDMUT" is "absent"
    And "trastuzumab deruxtecan" is recommended "on-label"
    And "zongertinib" is not recommended "on-label"

  # --- 9. dMMR and MSI-H ---------------------------------------------------------------------------------------------------

  @delicate-9
  Scenario: 9. MSI-H does not stand for dMMR
    Different assays, and a label may name only one of them

    Given a patient with "UCEC" in "US"
    And the marker "MSI" is "MSI-H"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "MMR:D" is "not tested"
    And the finding "biomarker" of "US:jemperli:1" is "undetermined"
    And "dostarlimab" is not recommended "on-label"
    And "pembrolizumab" is recommended "on-label"

  @delicate-9
  Scenario: 9. dMMR does not stand for MSI-H
    Dostarlimab's US label names dMMR, serplulimab's label in China MSI-H

    Given a patient with "UCEC" in "US"
    And the marker "MMR" is "dMMR"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "MSI:H" is "not tested"
    And "dostarlimab" is recommended "on-label"
    And "dostarlimab" is recommended by "US:jemperli:1"
    And "pembrolizumab" is recommended "on-label"

  @delicate-9
  Scenario: 9. The EU label of dostarlimab names both
    MSI-H is enough there

    Given a patient with "UCEC" in "EU"
    And the marker "MSI" is "MSI-H"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then "dostarlimab" is recommended "on-label"

  @delicate-9
  Scenario: 9. The two assays disagree
    Each label is judged by the assay that it names

    Given a patient with "UCEC" in "US"
    And the marker "MSI" is "MSI-H"
    And the marker "MMR" is "pMMR"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "MMR:D" is "absent"
    And the biomarker "MSI:H" is "present"
    And "dostarlimab" is not recommended "on-label"
    And "pembrolizumab" is recommended "on-label"

  # --- 10. pMMR must have been tested -----------------------------------------------------------------------------------------

  @delicate-10
  Scenario: 10. Lenvatinib and pembrolizumab without a result
    A negative biomarker must have been tested

    Given a patient with "UCEC" in "US"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the biomarker "MMR:P" is "not tested"
    And the biomarker "MSI:NOT_H" is "not tested"
    And the finding "biomarker" of "US:keytruda:11" is "undetermined"
    And the finding "biomarker" of "US:keytruda:11" can be settled, and names "MMR"
    And "lenvatinib+pembrolizumab" is not recommended at all

  @delicate-10
  Scenario Outline: 10. Lenvatinib and pembrolizumab with a result
    pMMR, or not MSI-H

    Given a patient with "UCEC" in "US"
    And the marker "<marker>" is "<value>"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the finding "biomarker" of "US:keytruda:11" is "<verdict>"

    Examples:
      | marker | value | verdict      |
      | MMR    | pMMR  | pass         |
      | MSI    | MSS   | pass         |
      | MMR    | dMMR  | undetermined |

  @delicate-10
  Scenario: 10. Lenvatinib and pembrolizumab in dMMR and MSI-H
    Both results exclude it

    Given a patient with "UCEC" in "US"
    And the marker "MMR" is "dMMR"
    And the marker "MSI" is "MSI-H"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "SD" stopped for "progression"
    When the board asks
    Then the finding "biomarker" of "US:keytruda:11" is "fail"
    And "lenvatinib+pembrolizumab" is not recommended "on-label"

  # --- 11. Scores of PD-L1 ------------------------------------------------------------------------------------------------------

  @delicate-11
  Scenario Outline: 11. PD-L1 scores are not interchangeable
    A score answers for its own scale only

    Given a patient with "LUAD" in "US"
    And the marker "PD-L1 <scale>" is "60"
    When the board asks
    Then the biomarker "PDL1:TPS50" is "<tps>"
    And the biomarker "PDL1:TC50" is "<tc>"
    And the biomarker "PDL1:CPS10" is "<cps>"
    And the biomarker "PDL1:IC10" is "<ic>"
    And the biomarker "PDL1:TAP5" is "<tap>"

    Examples:
      | scale | tps        | tc         | cps        | ic         | tap        |
      | TPS   | present    | not tested | not tested | not tested | not tested |
      | TC    | not tested | present    | not tested | not tested | not tested |
      | CPS   | not tested | not tested | present    | not tested | not tested |
      | IC    | not tested | not tested | not tested | present    | not tested |
      | TAP   | not tested | not tested | not tested | not tested | present    |

  @delicate-11
  Scenario Outline: 11. The cut-off differs by place
    Pembrolizumab alone in the first line: from 1% in the US, from 50% in the EU

    Given a patient with "LUAD" in "<place>"
    And the marker "PD-L1 TPS" is "20"
    And the marker "EGFR" is "wild type"
    And the marker "ALK fusion" is "not detected"
    And the stage is "metastatic"
    And there was no prior therapy
    When the board asks
    Then the finding "biomarker" of "<label>" is "<verdict>"

    Examples:
      | place | label         | verdict |
      | US    | US:keytruda:1 | pass    |
      | EU    | EU:keytruda:0 | fail    |

  @delicate-11
  Scenario: 11. A score without its scale
    60% of what is not said decides nothing

    Given a patient with "LUAD" in "US"
    And the marker "PD-L1" is "60"
    When the board asks
    Then the biomarker "PDL1:TPS50" is "equivocal"

  # --- 12. Exon 20 insertions, and C797S ------------------------------------------------------------------------------------------

  @delicate-12
  Scenario: 12. Exon 20 insertions are not sensitizing mutations
    Rules for activating mutations of other exons do not cover them

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "EGFR:EX20INS" is "present"
    And the biomarker "EGFR:EX19DEL" is "absent"
    And the biomarker "EGFR:L858R" is "absent"
    And the finding "mutation-class" of "EID2053.1" is "undetermined"
    And "erlotinib" is not recommended at all
    And "gefitinib" is not recommended at all
    And "icotinib" is not recommended at all
    And "osimertinib" is not recommended "on-label"
    And "afatinib" is not recommended at all

  @delicate-12
  Scenario: 12. The same insertion without an assay
    Nothing else was looked at, and the answer is the same

    Given a patient with "LUAD" in "EU"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    When the board asks
    Then "erlotinib" is not recommended at all
    And "gefitinib" is not recommended at all
    And "osimertinib" is not recommended "on-label"

  @delicate-12
  Scenario: 12. A label for any EGFR mutation covers an exon 20 insertion
    Datopotamab deruxtecan's label says EGFR-mutated and no more

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    When the board asks
    Then the finding "biomarker" of "US:datroway:0" is "pass"

  @delicate-12
  Scenario: 12. Evidence for any EGFR mutation stays with a sensitizing one
    The same items support the same drugs

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR L858R"
    And the stage is "metastatic"
    When the board asks
    Then "erlotinib" is recommended "on-label"
    And "icotinib" is recommended "off-label"

  @delicate-12
  Scenario: 12. Exon 20 insertions have labels of their own
    Amivantamab after platinum

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then "amivantamab" is recommended "on-label"
    And "amivantamab" is recommended by "US:rybrevant:1"

  @delicate-12
  Scenario: 12. A sensitizing mutation is no exon 20 insertion
    The other way round

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR L858R"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then "osimertinib" is recommended "on-label"
    And the biomarker "EGFR:EX20INS" is "absent"
    And "amivantamab" is not recommended "on-label"

  @delicate-12
  Scenario: 12. Exon 20 insertions of ERBB2
    No EGFR label covers them

    Given a patient with "LUAD" in "US"
    And the somatic alteration "ERBB2 p.A775_G776insYVMA"
    And the stage is "metastatic"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "ERBB2:EX20INS" is "present"
    And the biomarker "EGFR:EX20INS" is "absent"
    And "amivantamab" is not recommended "on-label"

  @delicate-12
  Scenario Outline: 12. C797S needs its phase with T790M
    In trans a combination of generations was reported, in cis none helps; and what is not given is said

    Given a patient with "LUAD" in "US"
    And the list of alterations
      """
      <report>
      """
    When the board asks
    Then the biomarker "EGFR:C797S" is "present"
    And the caution on "EGFR:C797S" says "<caution>"

    Examples:
      | report                          | caution                                              |
      | EGFR T790M and C797S in cis     | in cis with EGFR T790M                               |
      | EGFR T790M and C797S in trans   | in trans with EGFR T790M                             |
      | EGFR T790M, EGFR C797S          | whether in cis or in trans is not given: it matters  |

  @delicate-12
  Scenario: 12. C797S speaks against osimertinib
    Resistance to the third generation

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR C797S"
    And the somatic alteration "EGFR L858R"
    And the stage is "metastatic"
    And prior therapy with "osimertinib" with best response "PR" stopped for "progression"
    When the board asks
    Then "osimertinib" is to be avoided because of "resistance"

  # --- 13. A filing is not an approval ----------------------------------------------------------------------------------------------

  @delicate-13
  Scenario: 13. A filing is not an approval
    Furmonertinib for exon 20 insertions was only filed in China

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR p.D770_N771insSVD"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then the finding "approval" of "CN:X086" is "fail"
    And "furmonertinib" is not recommended "on-label"
    And "sunvozertinib" is recommended "on-label"

  @delicate-13
  Scenario: 13. What is approved elsewhere is shown as such
    Sotorasib in China: off-label, with its mark

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then "sotorasib" is recommended "off-label"
    And "sotorasib" is marked "authorized elsewhere"
    And "garsorasib" is recommended "on-label"
    And "garsorasib" ranks before "sotorasib"

  @delicate-13
  Scenario: 13. What is approved only in China is shown as such in the US
    Garsorasib

    Given a patient with "LUAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then "garsorasib" is recommended "off-label"
    And "garsorasib" is marked "authorized elsewhere"
    And "sotorasib" is recommended "on-label"

  # --- 14. Prior therapies ------------------------------------------------------------------------------------------------------------

  @delicate-14
  Scenario: 14. An unrecorded outcome leaves the condition open
    "Progressed on" is computed from the history, and an unrecorded end is undetermined

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    And prior therapy with "gefitinib" without a recorded outcome
    When the board asks
    Then the finding "prior-therapy" of "CN:X081" is "undetermined"
    And "osimertinib" is recommended "on-label"
    And "osimertinib" is marked "to confirm"

  @delicate-14
  Scenario: 14. Progressed on what the label asks for
    A T790M after gefitinib

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    And prior therapy with "gefitinib" with best response "PR" stopped for "progression"
    When the board asks
    Then the finding "prior-therapy" of "CN:X081" is "pass"

  @delicate-14
  Scenario: 14. Not progressed on what the label asks for
    A known history without it fails

    Given a patient with "LUAD" in "CN"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    And there was no prior therapy
    When the board asks
    Then the finding "prior-therapy" of "CN:X081" is "fail"

  @delicate-14
  Scenario Outline: 14. After trastuzumab and a taxane
    Trastuzumab emtansine in the US

    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    And prior therapy with "<regimen>" with best response "PR" stopped for "progression"
    When the board asks
    Then the finding "prior-therapy" of "US:kadcyla:0" is "<verdict>"

    Examples:
      | regimen                | verdict |
      | trastuzumab+docetaxel  | pass    |
      | trastuzumab            | fail    |
      | docetaxel              | fail    |

  @delicate-14
  Scenario: 14. An unknown history is undetermined, not failed
    Nothing is said of the history

    Given a patient with "BRCA" in "US"
    And the marker "HER2 IHC" is "3+"
    And the stage is "metastatic"
    When the board asks
    Then the finding "prior-therapy" of "US:kadcyla:0" is "undetermined"
    And "trastuzumab emtansine" is recommended "on-label"
    And "trastuzumab emtansine" is marked "to confirm"

  @delicate-14
  Scenario: 14. At least two prior lines
    Pamiparib in China after two lines of chemotherapy, not after one

    Given a patient with "HGSOC" in "CN"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    When the board asks
    Then the finding "prior-therapy" of "CN:X054" is "fail"
    And "pamiparib" is not recommended "on-label"

  @delicate-14
  Scenario: 14. Two prior lines were given
    The gate is open

    Given a patient with "HGSOC" in "CN"
    And the germline alteration "BRCA1 p.E23Vfs*17"
    And the stage is "recurrent"
    And prior therapy with "carboplatin+paclitaxel" with best response "PR" stopped for "completed"
    And prior therapy with "carboplatin+gemcitabine" with best response "SD" stopped for "progression"
    When the board asks
    Then the finding "prior-therapy" of "CN:X054" is "pass"
    And "pamiparib" is recommended "on-label"

  # --- 15. AR-V7 --------------------------------------------------------------------------------------------------------------------------

  @delicate-15
  Scenario Outline: 15. DNA sequencing does not make AR-V7 absent
    A splice isoform is seen in RNA or protein

    Given a patient with "PRAD" in "CN"
    And the somatic alteration "TP53 R175H"
    And the fusion "TMPRSS2::ERG"
    And the stage is "mCRPC"
    And the tissue was tested by "<assay>"
    When the board asks
    Then the biomarker "AR:V7" is "not tested"
    And the biomarker "AR:V7" is so because "needs an RNA or protein assay, not DNA"
    And "enzalutamide" is recommended "on-label"

    Examples:
      | assay |
      | WES   |
      | WGS   |

  @delicate-15
  Scenario: 15. An RNA assay that looks for isoforms makes it absent
    Nothing was found by an assay that would have seen it

    Given a patient with "PRAD" in "CN"
    And the stage is "mCRPC"
    And the tissue was tested by a panel of "AR" for "isoform"
    When the board asks
    Then the biomarker "AR:V7" is "absent"
    And "enzalutamide" is recommended "on-label"

  @delicate-15
  Scenario Outline: 15. AR-V7 as a report states it
    Detected, it speaks against abiraterone and enzalutamide

    Given a patient with "PRAD" in "CN"
    And the marker "AR-V7" is "<result>"
    And the stage is "mCRPC"
    When the board asks
    Then the biomarker "AR:V7" is "<status>"

    Examples:
      | result       | status  |
      | detected     | present |
      | not detected | absent  |

  @delicate-15
  Scenario: 15. AR-V7 speaks against abiraterone and enzalutamide
    Neither is on-label any more

    Given a patient with "PRAD" in "CN"
    And the marker "AR-V7" is "detected"
    And the stage is "mCRPC"
    When the board asks
    Then "abiraterone" is to be avoided because of "resistance"
    And "enzalutamide" is to be avoided because of "resistance"
    And "enzalutamide" is not recommended "on-label"
