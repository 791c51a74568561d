Feature: What was looked at, and what a diagnosis says
  Not found is absent only where it was looked for; a diagnosis matches only what it says.

  Scenario: A VCF without annotation makes nothing absent
    Where a call lies in no gene that the graph places, the file does not say what was found

    Given a patient with "LUAD" in "US"
    And the VCF without annotation with the call "1:1000000 A>T"
    When the board asks
    Then the biomarker "EGFR:L858R" is "not tested"
    And the biomarker "KRAS:G12C" is "not tested"

  Scenario: A well-known change in a VCF without annotation is recognized by its position
    BRAF V600E

    Given a patient with "COADREAD" in "US"
    And the VCF without annotation with the call "7:140453136 A>T"
    When the board asks
    Then the biomarker "BRAF:V600E" is "present"

  Scenario: An exome never makes a fusion absent
    Fusions break in introns, which an exome leaves out

    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "ALK:FUSION" is "not tested"
    And the biomarker "RET:FUSION" is "not tested"
    And "alectinib" is not recommended at all

  Scenario: Genome sequencing with its fusions does
    ALK is looked at, and another fusion was found

    Given a patient with "LUAD" in "US"
    And the fusion "KIF5B::RET"
    And the stage is "metastatic"
    And the tissue was tested by "WGS"
    When the board asks
    Then the biomarker "RET:FUSION" is "present"
    And the biomarker "ALK:FUSION" is "absent"

  Scenario Outline: A log ratio between the cut-offs is equivocal
    The ratio depends on the purity, so only far ones decide

    Given a patient with "BRCA" in "US"
    And the log ratio of "ERBB2" is "<ratio>"
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "ERBB2:AMP" is "<status>"

    Examples:
      | ratio | status    |
      | 3.1   | present   |
      | 1.2   | equivocal |

  Scenario: A wild type reaches evidence of its own tumor type only
    KRAS wild type in lung cancer says nothing of the antibodies of colorectal cancer

    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the tissue was tested by "WES"
    When the board asks
    Then the biomarker "RAS:WT" is "present"
    And "panitumumab" is not recommended at all
    And "panitumumab+folfox" is not recommended at all

  Scenario: A diagnosis more general than the label's
    Undetermined, not a match

    Given a patient with "LUNG" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    When the board asks
    Then the finding "tumor-type" of "US:lumakras:0" is "undetermined"
    And "sotorasib" is not recommended "on-label"

  Scenario: A diagnosis more special than the label's
    A lung adenocarcinoma is a non-small cell lung cancer

    Given a patient with "LUAD" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then the finding "tumor-type" of "US:lumakras:0" is "pass"

  Scenario Outline: A diagnosis by the codes of ICD-O-3
    Morphology and topography together name the disease

    Given a patient with "<code>" in "US"
    And the somatic alteration "KRAS G12C"
    And the stage is "metastatic"
    And prior therapy with "carboplatin+pemetrexed" with best response "SD" stopped for "progression"
    When the board asks
    Then the tumor type is "<type>"
    And "sotorasib" is recommended "on-label"

    Examples:
      | code         | type |
      | 8140/3 C34.1 | LUAD |

  Scenario: A sample of a cBioPortal study
    Its tumor type, its mutation, its markers and its fusion come from the study's files

    Given the sample "P1-T1" of a cBioPortal study in "US"
    When the board asks
    Then the tumor type is "LUAD"
    And the biomarker "EGFR:L858R" is "present"
    And the biomarker "ALK:FUSION" is "present"
    And the biomarker "MSI:H" is "present"
    And the biomarker "RET:FUSION" is "not tested"

  Scenario: A list as clinicians write it
    One alteration, marker or negative a line

    Given a patient with "LUAD" in "US"
    And the list of alterations
      """
      EGFR exon 19 deletion   # tissue, May
      PD-L1 TPS 60%
      MSS
      no ALK rearrangement
      """
    When the board asks
    Then the biomarker "EGFR:EX19DEL" is "present"
    And the biomarker "PDL1:TPS50" is "present"
    And the biomarker "MSI:H" is "absent"
    And the biomarker "ALK:NOALT" is "present"
    And "osimertinib" is recommended "on-label"

  Scenario: A line that cannot be understood
    It is told, and nothing is guessed

    Given a patient with "LUAD" in "US"
    And the list of alterations
      """
      EGFR L858R
      EGFR exon nineteen something
      """
    When the board asks
    Then the biomarker "EGFR:L858R" is "present"
    And the biomarker "EGFR:EX19DEL" is "not tested"
    And a note says "unreadable alteration 'EGFR exon nineteen something'"
