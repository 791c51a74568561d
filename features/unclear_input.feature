Feature: What the file does not say clearly decides nothing
  A stage, a reason or a word that is not understood leaves a question open, and the note says what to write.

  Scenario Outline: A stage in the words of a report
    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR L858R"
    And the stage is "<stage>"
    When the board asks
    Then the finding "setting" of "US:tagrisso:2" is "<verdict>"

    Examples:
      | stage                   | verdict      |
      | Stage IVB               | pass         |
      | T2 N0 M1, metastasized  | pass         |
      | IV期                    | pass         |
      | Stage IIIB              | undetermined |
      | locally advanced        | undetermined |
      | Stage IA                | fail         |

  Scenario: A stage that is no stage leaves the setting open
    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR L858R"
    And the stage is "metastatik"
    When the board asks
    Then the finding "setting" of "US:tagrisso:1" is "undetermined"
    And a note says "did you mean 'metastatic'?"

  Scenario: A reason that is not understood is no progression and no success
    Given a patient with "LUAD" in "US"
    And the somatic alteration "EGFR L858R"
    And the somatic alteration "EGFR T790M"
    And the stage is "metastatic"
    And prior therapy with "gefitinib" with best response "SD" stopped for "progresion"
    When the board asks
    Then a note says "stopped for 'progresion' is not understood"

  Scenario: A prior drug that cannot be read leaves open what it may decide
    Given a patient with "LUAD" in "EU"
    And the somatic alteration "EGFR L861Q"
    And the stage is "metastatic"
    And prior therapy with "blu-667x" with best response "SD" stopped for "progression"
    When the board asks
    Then the finding "prior-therapy" of "EU:giotrif:0" is "undetermined"
    And a note says "unknown drug 'blu-667x'"

  Scenario: A drug that no caution is known of is not safe for it
    Given a patient with "LUAD" in "US"
    And the fusion "EML4::ALK"
    And the stage is "metastatic"
    And the patient takes "rifampicin"
    When the board asks
    Then an option with "brigatinib" has the finding "caution-data" "undetermined" that says "no caution about brigatinib"
    And "lorlatinib" is to be avoided because of "contraindication"
    And no option with "lorlatinib" has a finding "caution-data"

  Scenario: A patient of whom nothing was told is not asked about every label
    Given a patient with "LUAD" in "US"
    And the fusion "EML4::ALK"
    And the stage is "metastatic"
    When the board asks
    Then no option with "brigatinib" has a finding "caution-data"

  Scenario: What a label excludes does not come back under another name
    The tissue-agnostic label of dabrafenib + trametinib excludes colorectal cancer, where BRAF needs an antibody against EGFR

    Given a patient with "COADREAD" in "US"
    And the somatic alteration "BRAF V600E"
    And the stage is "metastatic"
    When the board asks
    Then an option with "encorafenib+binimetinib" has the finding "label-exclusion" "fail" that says "same targets"
    And "encorafenib+binimetinib" is not recommended at all
    And "encorafenib+cetuximab" is recommended "on-label"

  Scenario: A drug that the disease progressed on comes behind one that is new
    Given a patient with "BRCA" in "US"
    And the marker "ER" is "90 %"
    And the marker "HER2 IHC" is "0"
    And the somatic alteration "ESR1 p.D538G"
    And the stage is "metastatic"
    And prior therapy with "palbociclib+letrozole" with best response "SD" stopped for "progression"
    When the board asks
    Then "elacestrant" ranks before "fulvestrant+palbociclib"
