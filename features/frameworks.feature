Feature: Levels of the evidence frameworks
  A level is of an evidence, a patient, a jurisdiction and a date. What is needed for it and not known is said, never
  guessed.

  Scenario: The same biomarker and drug are AMP I-A in melanoma
    Given a patient with "SKCM" in "US"
    And the somatic alteration "BRAF p.V600E"
    When the board asks
    Then the "amp" level of "vemurafenib" is "I-A"
    And the "oncokb" level of "vemurafenib" is "1"
    And the "escat" level of "vemurafenib" is "I-A"
    And the proof of "vemurafenib" names "amp-one-a-approval"

  Scenario: ... and AMP II-C, OncoKB 3B and ESCAT III-A in pancreatic cancer
    Given a patient with "PAAD" in "US"
    And the somatic alteration "BRAF p.V600E"
    When the board asks
    Then the "amp" level of "vemurafenib" is "II-C"
    And the "oncokb" level of "vemurafenib" is "3B"
    And the "escat" level of "vemurafenib" is "III-A"

  Scenario: Nothing propagates from a solid tumor to a liquid one
    Vemurafenib's approval is for melanoma; hairy cell leukemia is liquid

    Given a patient with "HCL" in "US"
    And the somatic alteration "BRAF p.V600E"
    When the board asks
    Then the finding "transfer" of "US:zelboraf:0" is "fail"

  Scenario: ESCAT says which sub-criterion is not known
    Given a patient with "LUAD" in "EU"
    And the somatic alteration "EGFR p.L858R"
    When the board asks
    Then there is no "escat" level of "zorifertinib"
    And a better "escat" level of "zorifertinib" is open because "the design of the study behind"
    And the proof of "zorifertinib" names "open: ESCAT I or II"

  Scenario: A trial without randomization leaves I-B open without its ESMO-MCBS grade
    Given a patient with "LUAD" in "US"
    And the fusion "EML4::ALK"
    When the board asks
    Then the "escat" level of "lorlatinib" is "II-B"
    And a better "escat" level of "lorlatinib" is open because "no ESMO-MCBS grade"

  Scenario: An approval after the date asked for does not count
    Crizotinib was approved for ALK first; the labels for ROS1 are of 2016 (EU) and 2017 (US) in the graph

    Given a patient with "LUAD" in "US"
    And the fusion "CD74::ROS1"
    When the board asks as of "2015-06-01"
    Then the "amp" level of "crizotinib" is "I-B"
    And the "oncokb" level of "crizotinib" is "3A"
    And a better "amp" level of "crizotinib" is open because "no approval for this biomarker and tumor type was in force"

  Scenario: ... after the EMA's approval AMP moves, and OncoKB does not
    Given a patient with "LUAD" in "US"
    And the fusion "CD74::ROS1"
    When the board asks as of "2017-06-01"
    Then the "amp" level of "crizotinib" is "I-A"
    And the "oncokb" level of "crizotinib" is "3A"

  Scenario: ... and after the FDA's both have moved
    Given a patient with "LUAD" in "US"
    And the fusion "CD74::ROS1"
    When the board asks as of "2018-06-01"
    Then the "amp" level of "crizotinib" is "I-A"
    And the "oncokb" level of "crizotinib" is "1"

  Scenario: An approval elsewhere is AMP level A, and OncoKB counts the FDA's alone
    Zorifertinib is approved in China

    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR p.L858R"
    When the board asks
    Then the "amp" level of "zorifertinib" is "I-A"
    And the "oncokb" level of "zorifertinib" is "3A"
    And the proof of "zorifertinib" names "by the regulator of CN and not of US"

  Scenario: Resistance has levels too
    Given a patient with "COADREAD" in "US"
    And the somatic alteration "KRAS p.G12D"
    When the board asks
    Then the "oncokb" level of avoiding "panitumumab" because of "resistance" is "R1"
    And the "amp" level of avoiding "panitumumab" because of "resistance" is "I-A"

  Scenario: An approval of the EMA is the addendum Z of NCT/DKTK
    Given a patient with "LUAD" in "EU"
    And the somatic alteration "EGFR p.T790M"
    When the board asks
    Then the "nct" level of "osimertinib" is "m1A"
    And the "nct" level of "osimertinib" has the addendum "Z"
