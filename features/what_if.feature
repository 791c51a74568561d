Feature: What would change if something else were known
  The board asks how an answer rests on what is known: it edits the patient, and sees what moves and which edit did it.

  Scenario: A resistance mutation after an EGFR inhibitor
    Osimertinib's label for T790M opens, and the inhibitors that T790M resists go

    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And the somatic alteration "EGFR ex19del"
    When the board asks what if --add 'EGFR T790M' --add progression=gefitinib
    Then "gefitinib" went from "on-label" to "not recommended"
    And "gefitinib" is now to be avoided
    And the finding "resistance: fail" came to "gefitinib"
    And "befotertinib" went from "not recommended" to "off-label"
    And the change of "befotertinib" rests on "EGFR T790M was found" of "--add 1"
    And the change of "befotertinib" rests on "the disease progressed on gefitinib" of "--add 2"
    And the biomarker "EGFR T790M" turned from "not tested" to "present"

  Scenario: Progression on osimertinib in a patient who was not treated before
    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And there was no prior therapy
    And the somatic alteration "EGFR ex19del"
    When the board asks what if --add progression=osimertinib
    Then "amivantamab+carboplatin+pemetrexed" went from "off-label" to "on-label"
    And the change of "amivantamab+carboplatin+pemetrexed" rests on "the next is line 2" of "--add 1"
    And "osimertinib" went from "on-label" to "off-label"
    And the finding "re-exposure: warn" came to "osimertinib"

  Scenario: One therapy that is known does not make the history known
    The label asks for a progression on gefitinib's class, which is told, and for no line, which stays open

    Given a patient with "LUAD" in "US"
    And the stage is "metastatic"
    And the somatic alteration "EGFR ex19del"
    When the board asks what if --add progression=gefitinib
    Then the finding "prior-therapy: pass" came to "amivantamab+carboplatin+pemetrexed"
    And the event brought "progressed_on(therapy: gefitinib)"
    And no finding "line: fail" came to any regimen

  Scenario: A therapy without progression leaves open whether another one failed
    Given a patient with "LUAD" in "EU"
    And the marker "PD-L1 TC" is "10 %"
    When the board asks what if --add 'prior_therapies={regimen: [platinum chemoradiotherapy], best_response: PR, stopped_for: completed}'
    Then an option with "durvalumab" has the finding "prior-therapy" "undetermined" that says "there may be others"

  Scenario: A therapy that is known leaves open how many there were
    Given a patient with "PSEC" in "US"
    And the marker "PD-L1 CPS" is "10"
    When the board asks what if --add progression=carboplatin+paclitaxel
    Then an option with "paclitaxel+pembrolizumab" has the finding "prior-therapy" "undetermined" that says "there may be others"

  Scenario: A result of the tumor's microsatellites
    Given a patient with "COAD" in "US"
    And the stage is "metastatic"
    When the board asks what if --set MSI=MSI-H
    Then "pembrolizumab" went from "not recommended" to "on-label"
    And the change of "pembrolizumab" rests on "MSI MSI-H was reported" of "--set 1"
    And the biomarker "microsatellite instability high" turned from "not tested" to "present"

  Scenario: A negative result of both RAS genes
    Given a patient with "COAD" in "US"
    And the stage is "metastatic"
    When the board asks what if --set 'alterations.KRAS=not found' --set 'NRAS wild type'
    Then "panitumumab" went from "not recommended" to "on-label"
    And the change of "panitumumab" rests on "KRAS wild type was reported" of "--set 1"
    And the change of "panitumumab" rests on "NRAS wild type was reported" of "--set 2"

  Scenario: An alteration that is taken away is not tested without an assay, and absent with one
    Given the example "mtb-ngs-real-world/braf-colorectal.tsv" with "COAD" in "US"
    When the board asks what if --remove 'BRAF V600E'
    Then "cetuximab+encorafenib" went from "on-label" to "not recommended"
    And the finding "biomarker: fail" came to "cetuximab+encorafenib"
    And the biomarker "BRAF V600E" turned from "present" to "absent"

  Scenario: Another jurisdiction
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks what if --set jurisdiction=US
    Then "capecitabine+trastuzumab+tucatinib" went from "off-label" to "on-label"
    And "capecitabine+pyrotinib" went from "on-label" to "off-label"
    And the change of "capecitabine+pyrotinib" rests on "in US" of "--set 1"

  Scenario: A medication that is no longer taken
    Given the example "her2-breast-precise/cautions-and-wishes.yaml"
    When the board asks what if --remove medications=warfarin
    Then the finding "co-medication: warn" left "trastuzumab emtansine"
    And the change of "trastuzumab emtansine" rests on "anticoagulant" of "cautions-and-wishes.yaml"

  Scenario: An edit that says what is known already changes nothing
    Given the example "her2-breast-precise/her2-amplified-after-trastuzumab.yaml"
    When the board asks what if --set jurisdiction=CN --add 'prior_therapies={regimen: [trastuzumab, docetaxel], line: 1, start: 2023-01-03, stop: 2023-11-20, best_response: PR, stopped_for: progression}'
    Then a note on the edits says "jurisdiction=CN changes nothing"

  Scenario: An edit that takes away what is not there
    Given the example "mtb-ngs-real-world/braf-colorectal.tsv" with "COAD" in "US"
    When the board asks what if --remove 'KRAS G12C'
    Then the board is told "known: BRAF V600E"
