@program
Feature: Many patients at once
  A study's or a registry's patients are matched by the same rules as one; what cannot be read is told, and stops nobody else.

  Scenario: One patient of twelve has no usable tumor type
    Given the example cohort
    When the cohort is matched in "US"
    Then the exit code is 3
    And "P12" could not be read because "unknown tumor type 'Unclear, to be discussed'"
    And 11 patients were matched
    And patient "P03" is told of "sotorasib" "on-label" for "KRAS G12C"
    And patient "P05" is told of "pembrolizumab" "on-label" for "MSI MSI-H"

  Scenario: Not tested is not absent
    No assay was named, so a RAS mutation that was not found is not ruled out; one that was found is

    Given the example cohort
    When the cohort is matched in "US"
    Then "US:vectibix:1" is kept from "P05" by "biomarker: undetermined"
    And "US:vectibix:1" is kept from "P06" by "biomarker: fail"
    And patient "P06" is told to avoid "panitumumab"

  Scenario: Nothing can be matched
    Given a cohort of one patient with the tumor type "Unclear"
    When the cohort is matched in "US"
    Then the exit code is 1
    And nothing was written
