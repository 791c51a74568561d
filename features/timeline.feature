Feature: What a new result changes, and why
  A patient's course gives new facts; the board sees which recommendations moved, and the facts that moved them.

  Scenario: A new KRAS mutation takes the antibody away
    The first biopsy is RAS wild type, so the label of panitumumab holds; the second is not

    Given the example "timeline/colorectal-emerging-kras.yaml"
    When the board compares "2024-01-15" with "2025-05-10"
    Then "folfox+panitumumab" went from "on-label" to "not recommended"
    And the change of "folfox+panitumumab" rests on "KRAS G12D was found" of "liver.tsv:4"
    And the finding "biomarker: fail" came to "folfox+panitumumab"
    And "panitumumab" is now to be avoided
    And "trametinib" went from "not recommended" to "off-label"

  Scenario: A completed line with its progression settles what the history left open
    Before the end of the first line nothing says how it ended

    Given the example "timeline/colorectal-under-antibody.yaml"
    When the board compares "2024-02-01" with "2024-09-30"
    Then the finding "prior-therapy: undetermined" left "nivolumab"
    And the finding "prior-therapy: pass" came to "nivolumab"
    And the change of "nivolumab" rests on "the disease progressed on oxaliplatin" of "colorectal-under-antibody.yaml:9"

  Scenario: Starting a line closes the labels of the line before
    Given the example "timeline/colorectal-under-antibody.yaml"
    When the board compares "2024-01-15" with "2024-02-01"
    Then "folfox+panitumumab" went from "on-label" to "not recommended"
    And the change of "folfox+panitumumab" rests on "the next is line 2" of "colorectal-under-antibody.yaml:9"
    And "regorafenib" went from "not recommended" to "on-label"

  Scenario: A progression while a drug is given is progression on it
    The file gives no end of the antibody, only the progression

    Given the example "timeline/colorectal-under-antibody.yaml"
    When the board compares "2024-11-01" with "2025-04-20"
    Then the event brought "progressed_on(therapy: panitumumab)"
    And the event took "outcome_unknown(therapy: panitumumab)"

  Scenario: A new result that changes nothing gives an empty difference
    Given the example "timeline/colorectal-emerging-kras.yaml"
    When the board compares "2024-01-15" with "2024-06-01"
    Then nothing moved

  Scenario: An alteration that is new is no resistance of one focus: it stays resistance
    What an earlier biopsy did not have and the newest has is there now, wherever it began

    Given the example "timeline/colorectal-emerging-kras.yaml"
    When the board asks
    Then "KRAS G12D" is emerging among the samples
    And "TP53 R273H" is shared among the samples
    And "panitumumab" is to be avoided because of "resistance"
